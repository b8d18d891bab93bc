/** The recipe for those who stay with Vault, with a server that knows one token, and an action that hands it over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runSteps } from '../runner/index.ts';
import { hasTools } from '../services/clients.ts';
import { block } from './blocks.ts';

const token = 'hvs.token-of-this-test-0123456789';

it.skipIf(!hasTools()).each([
  ['ends', 'true', true],
  ['fails', 'false', true],
  ['has no token', 'false', false],
])('revokes the token when the job %s', async (_, migrate, hasToken) => {
  const revoked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    if (`${request.method} ${request.url}` === 'POST /v1/auth/token/revoke-self') {
      revoked.push(request.headers['x-vault-token']?.toString());
    }
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const action = mkdtempSync(join(tmpdir(), 'vault-action-'));
  try {
    const names = ['url', 'method', 'role', 'exportToken', 'secrets']
      .map((name) => `  ${name}: { required: true }\n`)
      .join('');
    const exported = hasToken ? `echo VAULT_TOKEN=${token} >>"$GITHUB_ENV"; echo "::add-mask::${token}"` : 'exit 1';
    writeFileSync(
      join(action, 'action.yml'),
      `name: vault\ndescription: vault\ninputs:\n${names}runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: ${JSON.stringify(exported)}\n`,
    );
    const steps = block('docs/vault.md § With Vault, or OpenBao yaml #1')
      .replace(/^[\s\S]*steps:\n/, '')
      .replaceAll('https://vault.example.com:8200', `http://127.0.0.1:${port}`)
      .replace('./migrate', migrate);
    const {
      log,
      steps: results,
      processes,
    } = await runSteps(steps, {
      repositories: { 'hashicorp/vault-action': action },
    }).done;
    expect({ log, last: results.at(-1) }).toMatchObject({ last: { name: 'End the lease', conclusion: 'success' } });
    expect(revoked).toEqual(hasToken ? [token] : []);
    expect(log.slice(log.indexOf('##[group]Run [ -n'))).not.toContain(token); // before it is the stub's own script
    expect(processes.map(({ argv }) => argv.join(' ')).join('\n')).not.toContain(token);
  } finally {
    server.close();
    rmSync(action, { recursive: true });
  }
});
