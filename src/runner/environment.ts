import { tmpdir } from 'node:os';
import { mask, warn } from './log.ts';

/**
 * What stays of the environment. Any earlier step of the job can set variables through GITHUB_ENV, and what Node, a
 * driver, the resolver or the TLS library make of one they have read nobody can list for good: so all others go.
 */
const needed = new Set([
  // the machine's: directories, proxies, authorities
  'HOME',
  'PATH',
  'TMPDIR',
  'TMP',
  'TEMP',
  'USERPROFILE',
  'SYSTEMROOT',
  'WINDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // root, where a workflow gives it so
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
]);
/** The runner's own: it sets them for each step, and they win over GITHUB_ENV. */
const ofRunner = /^(?:GITHUB|RUNNER|ACTIONS|INPUT|STATE)_/;

/** Names a file that an earlier step can have changed, and that @actions/github reads when it loads. */
const eventFile = 'GITHUB_EVENT_PATH';

/** What is over before the first line of ours: it may have brought code of its own into this process. */
const early = [
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
  'OPENSSL_CONF',
  'NODE_COMPILE_CACHE',
];

/** Options of Node that many jobs give to all their steps, and that bring no code, file or trust with them. */
const harmless =
  /^--(?:max[-_](?:old[-_]space|semi[-_]space|http-header)[-_]size|no-(?:warnings|deprecation|experimental-\S+)|trace-(?:warnings|deprecation)|enable-source-maps|stack-trace-limit|dns-result-order|unhandled-rejections|use-system-ca|openssl-legacy-provider|experimental-vm-modules)(?:=\S*)?$/;

/**
 * Frees the process of what earlier steps left in its environment. To be called before anything else, and in every entry
 * point: what a driver reads when it loads, or Node when it connects, is then gone. What acts before the first line of
 * a program is out of reach, and is told.
 */
export function shedEnvironment(): void {
  const { env } = process;
  // Root, where a workflow gives it so, without anything having masked it.
  mask([env['AWS_SECRET_ACCESS_KEY'] ?? '', env['AWS_SESSION_TOKEN'] ?? '']);
  const options = (env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => option !== '' && !/^\d+$/.test(option));
  const found = early.filter(
    (name) => (env[name] ?? '') !== '' && !(name.endsWith('LIBRARY_PATH') && isOfTools(env[name] ?? '')),
  );
  if (!options.every((option) => harmless.test(option))) found.push('NODE_OPTIONS');
  for (const name of Object.keys(env)) {
    const stays = needed.has(name.toUpperCase()) || (ofRunner.test(name) && name !== eventFile);
    if (!stays) Reflect.deleteProperty(env, name);
  }
  if (found.length === 0) return;
  warn(
    `The environment of this step holds ${found.join(', ')}: that acts before the first line of joblease, and can see the ` +
      'root credential. If it is not yours, an earlier step of this job is hostile.',
  );
}

/** Whether it lists directories of the runner's tool cache alone, as actions/setup-python sets LD_LIBRARY_PATH. */
function isOfTools(list: string): boolean {
  const { RUNNER_TOOL_CACHE: cache = '' } = process.env;
  const parts = list.split(':').filter((part) => part !== '');
  return cache !== '' && parts.every((part) => part.startsWith(`${cache}/`) && !part.includes('..'));
}

/** Where GitHub's REST API is: another host on GitHub Enterprise Server. */
export function apiUrl(): string {
  const { GITHUB_API_URL: url = '' } = process.env;
  return url === '' ? 'https://api.github.com' : url;
}

/** A directory that the runner empties before and after each job. */
export function temporaryDirectory(): string {
  const { RUNNER_TEMP: directory = '' } = process.env;
  return directory === '' ? tmpdir() : directory;
}
