/** The connection to GitHub's services: certificates are checked, whatever the environment says. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

it('sends no token to a server that nobody vouches for, though NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  let seen = 0;
  const server = createServer({ key, cert }, (_, response) => {
    seen += 1;
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const module = JSON.stringify(join(root, 'src', 'github', 'http.ts'));
  const script = `const { send } = await import(${module});
    const request = { url: new URL(${JSON.stringify(url)}), token: 'ghs_token' };
    await send(request, AbortSignal.timeout(5000)).then(() => console.log('sent'), (error) => console.log(error.message));`;
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  server.close();
  expect(stdout).toMatch(/self-signed certificate/);
  expect(seen).toBe(0);
});
