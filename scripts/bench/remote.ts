/**
 * What a job pays where the server is far away: round trips, and start to exit in milliseconds on a line of 20 and of 80 ms,
 * with TLS. Beside it the server's own client with one statement of the same kind, logging in as the same root; for a
 * sweep, with the batches of sweep-sql.ts.
 *
 * Round trips are counted by the proxy of the tests, on a run of its own. They are the same on any machine;
 * test/<engine>/round-trips.test.ts holds those of mint and revoke.
 */
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { generate } from 'selfsigned';
import { messageOf } from '../../src/lease/errors.ts';
import type { Principal } from '../../src/lease/name.ts';
import { createFileCommands, parsePairs, readFileCommand } from '../../test/runner/file-commands.ts';
import { startLine, startRoundTrips, type Address } from '../../test/services/round-trips.ts';
import { batches, newPrincipals, startMysql, startPostgres, type SweepTarget } from './sweep-sql.ts';

/** Milliseconds there and back. */
const lines = [20, 80];

/** Of each process on each line; the median counts. A sweep runs once. */
const runs = 5;

const leftovers = 1000;

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** What is to be measured: a run by way of an address, with what comes before and after it. */
interface Course {
  readonly name: string;
  readonly prepare?: (address: Address) => Promise<void>;
  /** @throws when it does not do what it should */
  readonly run: (address: Address) => Promise<void>;
  readonly tidy?: (address: Address) => Promise<void>;
  readonly runs?: number;
}

/** Prints what it measures. @param only the beginning of an engine's name, for that one alone */
export async function benchRemote(only = ''): Promise<void> {
  for (const name of ['postgres', 'mysql', 'mariadb'] as const) {
    if (!name.startsWith(only)) continue;
    const starting = name === 'postgres' ? startPostgres() : startMysql(name);
    await using target = await starting.catch((error: unknown) => {
      console.error(`\nNOT MEASURED: ${name}, because its server did not start:\n${messageOf(error)}`);
      process.exitCode = 1;
      return undefined;
    });
    if (target === undefined) continue;
    if (name === 'postgres') await encrypt(target);
    console.log(`\n${name}, with TLS: medians of ${runs} runs, start to exit`);
    const head = ['', 'round trips', ...lines.map((ms) => `ms at ${ms}`)];
    console.log([head[0]?.padEnd(34), ...head.slice(1).map((cell) => cell.padStart(11))].join('  '));
    for (const course of [...courses(target), ...clientCourses(target)]) {
      const cells = await measure(target, course).catch((error: unknown) => [`not measured: ${messageOf(error)}`]);
      console.log([course.name.padEnd(34), ...cells.map((cell) => cell.padStart(11))].join('  '));
    }
  }
}

/** @returns round trips, and the median time on each line */
async function measure({ host, port }: SweepTarget, course: Course): Promise<string[]> {
  const server = { host, port };
  const measured = async <T>(address: Address, by: (work: () => Promise<void>) => Promise<T>): Promise<T> => {
    await course.prepare?.(address);
    const result = await by(async () => {
      await course.run(address);
    });
    await course.tidy?.(address);
    return result;
  };
  // What a server remembers of a login, it remembers from here on.
  await measured(server, timed);
  const cells: string[] = [];
  {
    await using wire = await startRoundTrips(server);
    const { trips } = await measured({ host, port: wire.port }, async (work) => await wire.count(work));
    cells.push(String(trips));
  }
  for (const ms of lines) {
    await using line = await startLine(server, ms / 2);
    const values: number[] = [];
    for (let i = 0; i < (course.runs ?? runs); i += 1) values.push(await measured({ host, port: line.port }, timed));
    cells.push((values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN).toFixed(0));
  }
  return cells;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function courses(target: SweepTarget): Course[] {
  const { inputs, engine } = target;
  let state: Record<string, string> = {};
  const environment = (address: Address, more: Readonly<Record<string, string>>): Record<string, string> =>
    inputEnvironment({ engine: engine.name, root: rootAt(target, address), ...more });
  const mint = async (address: Address, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const env = environment(address, { ...inputs, 'check-run-id': '1', ...more });
    state = (await node('main.js', env, 'Minted ')).state;
  };
  // By the address of the mint: state is sealed with "root".
  const revoke = async (address: Address): Promise<void> => {
    await node('post.js', { ...environment(address, inputs), ...state }, ': revoked.');
  };
  return [
    { name: 'mint', run: mint, tidy: revoke },
    {
      name: 'mint, verify: false',
      run: async (address) => {
        await mint(address, { verify: 'false' });
      },
      tidy: revoke,
    },
    { name: 'revoke (post)', prepare: mint, run: revoke },
    {
      name: `sweep of ${leftovers}`,
      runs: 1,
      prepare: async () => {
        await target.leave(newPrincipals(leftovers));
      },
      run: async (address) => {
        const sweep = { orphans: 'false', 'max-revocations': String(leftovers), deadline: '2h' };
        await node('sweep.js', environment(address, sweep), `Found ${leftovers}: ${leftovers} revoked.`);
      },
      tidy: async () => void (await target.count()),
    },
  ];
}

/** The same by the server's own client. */
function clientCourses(target: SweepTarget): Course[] {
  const send = async (address: Address, statements: readonly string[]): Promise<void> => {
    const [program = '', ...args] = target.clientCommand(address);
    await succeed(spawn(program, args), statements.join(';\n'));
  };
  const [program] = target.clientCommand(target);
  let principals: readonly Principal[] = [];
  let statements: readonly string[] = [];
  const begin = (): Principal => {
    const [principal] = (principals = newPrincipals(1));
    if (principal === undefined) throw new Error('there is no name');
    return principal;
  };
  const drop = async (): Promise<void> => {
    await send(target, [target.drop(principals)]);
  };
  const run = async (address: Address): Promise<void> => {
    await send(address, statements);
  };
  return [
    {
      name: `${program}, an account made`,
      prepare: async () => {
        statements = [target.create(begin())];
        await Promise.resolve();
      },
      run,
      tidy: drop,
    },
    {
      name: `${program}, an account dropped`,
      prepare: async () => {
        await send(target, [target.create(begin())]);
        statements = [target.drop(principals)];
      },
      run,
    },
    {
      name: `${program}, ${leftovers} dropped`,
      runs: 1,
      prepare: async () => {
        const made = newPrincipals(leftovers);
        await target.leave(made);
        statements = await batches(target, made);
      },
      run,
      tidy: async () => void (await target.count()),
    },
  ];
}

/** Root's URL by way of a proxy, with TLS. */
function rootAt({ root }: SweepTarget, { host, port }: Address): string {
  const url = new URL(root);
  url.host = `${host}:${port}`;
  if (url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'require');
  else url.searchParams.set('ssl-mode', 'REQUIRED');
  return url.href;
}

function inputEnvironment(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

/** Runs a file of dist/. @returns STATE_… for the post step */
async function node(
  file: string,
  env: Readonly<Record<string, string>>,
  expected: string,
): Promise<{ state: Record<string, string> }> {
  const home = mkdtempSync(join(tmpdir(), 'joblease-remote-'));
  try {
    const files = createFileCommands(home);
    const runner = {
      PATH: '/usr/bin:/bin',
      HOME: home,
      RUNNER_TEMP: home,
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'octo/app',
      GITHUB_REPOSITORY_ID: '1',
      GITHUB_RUN_ID: '2',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_JOB: 'bench',
      GITHUB_OUTPUT: files.output,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.step_summary,
    };
    const output = await succeed(spawn(process.execPath, [join(dist, file)], { env: { ...runner, ...env } }));
    if (!output.includes(expected)) throw new Error(`"${expected}" was expected: ${output}`);
    const pairs = [...parsePairs(readFileCommand(files.state))];
    return { state: Object.fromEntries(pairs.map(([name, value]) => [`STATE_${name}`, value])) };
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** Not `spawnSync`: the proxy runs in this process. */
async function succeed(child: ReturnType<typeof spawn>, input = ''): Promise<string> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('it has no pipes');
  stdin.end(input);
  const [output, errors, [status]] = await Promise.all([
    text(stdout),
    text(stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (status !== 0) throw new Error(`it ended with ${status}: ${output}${errors}`);
  return output;
}

/** PostgreSQL of the tests has no TLS of its own. */
async function encrypt(target: SweepTarget): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const [directory] = await target.admin('SHOW data_directory');
  const { uid, gid } = statSync(String(directory?.['data_directory']));
  const home = mkdtempSync(join(tmpdir(), 'joblease-tls-'));
  chownSync(home, uid, gid);
  for (const [setting, content] of [
    ['ssl_cert_file', cert],
    ['ssl_key_file', key],
  ] as const) {
    const file = join(home, setting);
    writeFileSync(file, content, { mode: 0o600 });
    chownSync(file, uid, gid);
    await target.admin(`ALTER SYSTEM SET ${setting} = '${file}'`);
  }
  await target.admin('ALTER SYSTEM SET ssl = on');
  await target.admin('SELECT pg_reload_conf()');
}
