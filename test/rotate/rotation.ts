/** Runs actions/rotate-root's bundle as a process, against real servers and GitHub's fake, with faults on the wire. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { EngineDeclaration } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { readReceipt, rootLines, withReceipt } from '../../src/lease/receipt.ts';
import { startGithub, type GithubServer } from '../services/github/index.ts';
import { startWire, type WireFault } from '../services/wire.ts';

const checkout = join(import.meta.dirname, '..', '..');
const node = join(checkout, 'node_modules', 'node', 'bin', 'node');

/** A way to hold root, on one server. */
export interface Layout {
  readonly name: string;
  readonly engine: EngineDeclaration;
  /** the engine's own inputs */
  readonly inputs: Readonly<Record<string, string>>;
  readonly server: { readonly host: string; readonly port: number };
  /** Makes logins of their own. @returns the lines of the secret, with the server's own address */
  make(tag: string): Promise<string[]>;
  /** how many lines the secret holds between rotations */
  readonly lines: 1 | 2;
  /** whether what the secret held before goes on after the change */
  readonly overlaps: boolean;
}

/** A repository on GitHub whose secret ROOT holds a root credential. */
export interface Repository extends AsyncDisposable {
  readonly github: GithubServer;
  readonly scope: string;
  readonly token: string;
  /** the job's own */
  readonly jobToken: string;
  /** the lines of root in it */
  stored(): string;
  /** what a job is given */
  secret(): string;
}

/**
 * @param seconds how many GitHub's clock jumps at every write, so that a rotation need not wait for the next time that it
 *   can tell from the last; 0 where two write at once, since they then may meet within the same
 */
export async function startRepository(root: string, seconds = 3): Promise<Repository> {
  const github = await startGithub({ jump: seconds });
  const repository = github.addRepository('octo/app', { environments: ['production'] });
  github.setSecret('octo/app', 'ROOT', root);
  github.advance(3);
  const token = github.addToken({
    kind: 'app',
    repositories: [repository],
    permissions: { secrets: 'write', environments: 'write' },
  });
  const jobToken = github.addToken({ kind: 'job', repository });
  return {
    github,
    scope: 'octo/app',
    token,
    jobToken,
    stored: () => rootLines(github.secretValue('octo/app', 'ROOT') ?? '').join('\n'),
    secret: () => github.secretValue('octo/app', 'ROOT') ?? '',
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
    },
  };
}

export interface Outcome {
  /** null when it was killed */
  readonly status: number | null;
  /** all that the process printed */
  readonly printed: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
  readonly isSpoilt: boolean;
}

export interface RotateOptions {
  /** the secret as it was when the run was queued; default: as it is stored now */
  readonly root?: string;
  /** whether `root` is to be given without the receipt that says that it comes from the secret */
  readonly isUnknown?: boolean;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly fault?: { readonly at: number; readonly kind: WireFault } | undefined;
  /** how far the runner's clock is ahead, in milliseconds */
  readonly ahead?: number;
  /** the id of the run */
  readonly run?: number;
  /** what started it; default: a schedule */
  readonly event?: string;
  /** gets the process */
  readonly started?: (child: ChildProcess) => void;
}

/** Rotates as a step of a job would. */
export async function rotate(
  { engine, inputs: own, server }: Pick<Layout, 'engine' | 'inputs' | 'server'>,
  repository: Repository,
  {
    root = repository.secret(),
    isUnknown = false,
    inputs = {},
    fault,
    ahead = 0,
    run = 0,
    event = 'schedule',
    started,
  }: RotateOptions = {},
): Promise<Outcome> {
  const api = new URL(repository.github.url);
  await using wire = await startWire(
    { database: server, github: { host: api.hostname, port: Number(api.port) } },
    fault,
  );
  const port = wire.ports['database'] ?? 0;
  const given: Record<string, string> = {
    engine: engine.name,
    root: isUnknown ? root : comeBack(repository, root),
    'secret-name': 'ROOT',
    'github-token': repository.token,
    'job-token': repository.jobToken,
    ...own,
    ...inputs,
  };
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, moved(value, server.port, port)]),
  );
  const child = spawn(node, [join(checkout, 'dist', 'rotate-root.js')], {
    env: {
      ...env,
      GITHUB_API_URL: `http://127.0.0.1:${wire.ports['github']}`,
      GITHUB_REPOSITORY: 'octo/app',
      GITHUB_REPOSITORY_ID: String(idOf(repository.github)),
      GITHUB_RUN_ID: String(run),
      GITHUB_EVENT_NAME: event,
      ...(ahead === 0 ? {} : { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock(ahead))}` }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  wire.watch(child);
  started?.(child);
  const [out, errors, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  // The process knows the server behind the wire; in the tests' hands the secret names the server itself.
  repository.github.secret(repository.scope, 'ROOT')?.history.push(moved(repository.secret(), port, server.port));
  return {
    status,
    printed: out + errors,
    outputs: Object.fromEntries(
      [...out.matchAll(/^::set-output name=([\w-]+)::(.*)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
    ),
    messages: wire.messages,
    isSpoilt: wire.isSpoilt,
  };
}

/** Code that sets the clock of a process. */
function clock(ahead: number): string {
  return `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length === 0 ? [Real.now() + ${ahead}] : given)); }
    static now() { return Real.now() + ${ahead}; }
  };`;
}

/** The id of `octo/app`. */
export function idOf({ repositories }: GithubServer): number {
  return [...repositories.values()][0]?.id ?? 0;
}

/** A value of root as a job is given it in the run after it was stored. */
export function comeBack({ github }: Repository, root: string): string {
  if (root === '' || readReceipt(root) !== undefined) return root;
  const at = new Date(github.secret('octo/app', 'ROOT')?.updated_at ?? '');
  return withReceipt(root, { state: 'asked', at, place: `repository:${idOf(github)}/ROOT` });
}

function moved(value: string, from: number, to: number): string {
  const receipt = readReceipt(value);
  const there = value.replaceAll(`:${from}/`, `:${to}/`);
  return receipt === undefined ? there : withReceipt(there, receipt);
}

/** Logs in as a job would, by the engine itself. @throws what it throws */
export async function open({ engine, inputs }: Pick<Layout, 'engine' | 'inputs'>, root: string): Promise<void> {
  const driver = await engine.load();
  const config = parseInputs(engine.inputs, (name) => inputs[name] ?? '');
  const context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
  await using _ = await driver.open(engine.root.parse(root, 'root'), config, context);
}
