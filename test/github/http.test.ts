/** The connections to GitHub's services: certificates are checked whatever the environment says, and no proxy holds them up. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { certificateFor, listen, startProxy } from '../services/proxy.ts';

const src = join(import.meta.dirname, '..', '..', 'src');

/** What is asked, as JavaScript: a function that takes an address and a signal. */
const questions = [
  [
    'the OIDC token request',
    `async (url, signal) => {
      Object.assign(process.env, { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' });
      const { idTokenSource } = await import(${JSON.stringify(join(src, 'github', 'id-token.ts'))});
      return await idTokenSource()('an audience', signal);
    }`,
  ],
  [
    'the API',
    `async (base, signal) => {
      const { Github } = await import(${JSON.stringify(join(src, 'github', 'client.ts'))});
      const github = new Github({ base, token: 'ghs_token' }, { signal, retries: 0, latestMs: () => Infinity });
      return await github.ask(async (octokit) => await octokit.request('GET /rate_limit'));
    }`,
  ],
] as const;

/** Asks in a process of its own, which SIGTERM cancels. Its output is how the question ended. */
function ask(question: string, url: string, variables: Readonly<Record<string, string>>) {
  const script = `const cancel = new AbortController();
    process.once('SIGTERM', () => cancel.abort(new Error('cancelled')));
    const ask = ${question};
    const ended = ask(${JSON.stringify(url)}, cancel.signal);
    console.log(await ended.then(() => 'answered', (error) => error.message));`;
  const env = { ...process.env, ...variables };
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
}

describe.each(questions)('%s', (_, question) => {
  it('goes to no server that nobody vouches for, though NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    let seen = 0;
    const server = createServer(await certificateFor('localhost'), (__, response) => {
      seen += 1;
      response.end('{}');
    });
    using listening = await listen(server);
    const url = `https://localhost:${listening.port}/`;
    const { stdout } = await ask(question, url, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(stdout).toMatch(/^no answer from localhost:\d+: self-signed certificate/);
    expect(seen).toBe(0);
  });

  it('ends with its signal while a proxy says nothing', async () => {
    const asked = Promise.withResolvers<string>();
    using proxy = await startProxy((host) => {
      asked.resolve(host);
      return 'hang';
    });
    const running = ask(question, 'https://github.example', { HTTPS_PROXY: proxy.url });
    expect(await asked.promise).toBe('github.example:443');
    running.child.kill('SIGTERM');
    expect(await running).toEqual({ stdout: 'cancelled\n', stderr: '' });
  });
});

it('has a limit while a proxy says nothing, whatever is asked', async () => {
  using proxy = await startProxy(() => 'hang');
  const asking = questions.map(async ([, question]) => {
    return await ask(question, 'https://github.example', { HTTPS_PROXY: proxy.url });
  });
  const stdout = 'no answer from github.example: nothing for 15 s\n';
  expect(await Promise.all(asking)).toEqual(questions.map(() => ({ stdout, stderr: '' })));
  expect(proxy.asked).toHaveLength(questions.length);
});
