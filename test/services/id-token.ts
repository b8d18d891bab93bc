/** GitHub's OIDC issuer for the tests: signs tokens for a job, as the service behind ACTIONS_ID_TOKEN_REQUEST_URL does. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface IdTokenServer extends AsyncDisposable {
  /** for the emulator's option `idToken` */
  readonly request: { readonly url: string; readonly token: string };
  readonly publicKey: KeyObject;
  /** how many tokens were handed out */
  readonly issued: () => number;
}

export const issuer = 'token.actions.githubusercontent.com';

/** @param sub the job's subject, such as `repo:octo/app:ref:refs/heads/main` */
export async function startIdTokens(sub: string): Promise<IdTokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bearer = 'request-token-0123456789';
  let issued = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${bearer}`) {
      response.writeHead(401).end();
      return;
    }
    const aud = new URL(request.url ?? '', 'http://localhost').searchParams.get('audience');
    const now = Math.floor(Date.now() / 1000);
    const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iss: `https://${issuer}`, sub, aud, iat: now, exp: now + 300, run_id: '1234567890', run_attempt: '2' })}`;
    const signature = sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url');
    issued += 1;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ value: `${text}.${signature}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    request: { url: `http://127.0.0.1:${port}/token?api-version=2.0`, token: bearer },
    publicKey,
    issued: () => issued,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
