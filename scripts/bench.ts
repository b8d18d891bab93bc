/**
 * `npm run bench`, or `npm run bench -- 31 mysql` for another number of runs or one engine alone: how long minting and its
 * post step take, start to exit, and how much memory at their peak, beside two yardsticks measured in the same minutes.
 * `npm run bench -- sweep` measures the sweep: see scripts/bench/sweep-sql.ts and sweep-aws.ts. `npm run bench -- remote`
 * measures all of it where the server is far away: see scripts/bench/remote.ts.
 *
 * - the floor, `node -e 0`: what any JavaScript action costs;
 * - bare, scripts/bench/<engine>-<phase>.ts: the same statements to the same server, by the driver and nothing else. It is
 *   bundled by the same bundler as dist/, because one bundled against one that searches node_modules would be no match.
 *   Of AWS, which counts calls, it makes the fewest that can work: what joblease makes beyond them, docs/aws.md has a
 *   reason for, and test/aws/calls.test.ts counts.
 *
 * The processes take turns (A B A B), so that a change of the machine's mood meets all of them alike. Peak memory comes
 * from runs of its own, because it takes a preloaded script. On Linux that is VmHWM of /proc/self/status: the maximum in
 * process.resourceUsage() counts what the parent had before exec. Elsewhere it is the latter.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintInputs } from '../src/actions/inputs.ts';
import { aws } from '../src/engines/aws/declaration.ts';
import { messageOf } from '../src/lease/errors.ts';
import type { InputTable } from '../src/lease/inputs.ts';
import type { ContractTarget } from '../test/contract/contract.ts';
import { startTarget } from '../test/contract/mysql-target.ts';
import { postgresServers } from '../test/contract/postgres-target.ts';
import { createFileCommands, parsePairs, readFileCommand } from '../test/runner/file-commands.ts';
import { findMariadb, findMysql } from '../test/services/mysql.ts';
import type { AwsAnswer, AwsProcess, AwsQuestion } from './bench/aws-server.ts';
import { peakScript } from './bench/peak.ts';
import { benchRemote } from './bench/remote.ts';
import { benchSweepOfAws } from './bench/sweep-aws.ts';
import { benchSweepOfSql } from './bench/sweep-sql.ts';
import { bundle } from './bundle.ts';

interface BenchTarget extends Pick<ContractTarget, 'engine' | 'root' | 'inputs'>, AsyncDisposable {
  /** What it was called for since the last time it was asked; for a target that bills or throttles calls. */
  calls?(options?: { list: boolean }): Promise<readonly string[]>;
}

interface EngineBench {
  /** heading of its tables */
  readonly name: string;
  /** @returns undefined when this machine has none, which has been said by then */
  readonly start: () => Promise<BenchTarget | undefined>;
  /** the yardsticks, in scripts/bench/; they read INPUT_… as the action does, and the principal's name from PRINCIPAL */
  readonly bare: { readonly mint: string; readonly post: string };
  /** what a mint may take of a bare one */
  readonly mint: number;
  /** what the numbers alone do not tell */
  readonly note: string;
}

const awsNote = 'the test server knows a key at once';

/** Every engine that is measured: an entry gives it its rows. */
const engines: readonly EngineBench[] = [
  {
    name: 'postgres',
    start: async () => {
      const [embedded] = postgresServers();
      if (embedded === undefined) throw new Error('there is no PostgreSQL to start');
      return await embedded.start();
    },
    bare: { mint: 'postgres-mint.ts', post: 'postgres-revoke.ts' },
    mint: 1.5,
    note: 'nothing waits on purpose; bare looks for no login under way',
  },
  {
    name: 'mysql',
    start: async () => await startMysql('mysql'),
    bare: { mint: 'mysql-mint.ts', post: 'mysql-revoke.ts' },
    mint: 1.5,
    note: 'nothing waits on purpose',
  },
  {
    name: 'mariadb',
    start: async () => await startMysql('mariadb'),
    bare: { mint: 'mysql-mint.ts', post: 'mysql-revoke.ts' },
    mint: 1.5,
    note: 'nothing waits on purpose',
  },
  {
    name: 'aws assumed_role',
    start: async () => await startAws('session'),
    bare: { mint: 'aws-session-mint.ts', post: 'aws-session-revoke.ts' },
    mint: 1.4,
    note: `with revoke-sessions; ${awsNote}`,
  },
  {
    name: 'aws iam_user',
    start: async () => await startAws('user'),
    bare: { mint: 'aws-user-mint.ts', post: 'aws-user-revoke.ts' },
    mint: 1.4,
    note: `mint waits only where AWS refuses a fresh key; ${awsNote}`,
  },
];

/** What is aimed at; printed beside, never asserted: a busy machine misses any of it. */
const targets = { firstError: 1.7, megabytes: 80 };

const warmUps = 3;
const [, , count = '21', only = ''] = process.argv;
const runs = Math.max(15, Number(count));
const root = join(import.meta.dirname, '..');
const home = mkdtempSync(join(tmpdir(), 'joblease-bench-'));
const preload = join(home, 'peak.cjs');

// All temporary files, the server's too, go into one directory, which goes however this ends. Ctrl-C reaches the server
// and the measured process as well, and their end ends the bench.
process.env['TMPDIR'] = home;
chmodSync(home, 0o1777); // as /tmp is: a server may have to run as another user
process.on('exit', () => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
process.on('SIGINT', () => undefined);

writeFileSync(preload, peakScript());
if (count === 'sweep') {
  await benchSweepOfSql(only === '' ? undefined : Number(only));
  await benchSweepOfAws();
} else if (count === 'remote') {
  await benchRemote(only);
} else {
  const chosen = engines.filter(({ name }) => name.startsWith(only));
  if (chosen.length === 0) throw new Error(`nothing is called "${only}"`);
  for (const engine of chosen) await bench(engine);
}

/** One row of the table, and the measurements for it. */
interface Row {
  readonly name: string;
  readonly values: number[];
  /** by name, the row whose median this one's is compared with, and the ratio that is aimed at */
  readonly versus?: { readonly row: Row; readonly atMost?: number };
}

async function bench({ name, start, bare, mint: mintTarget, note }: EngineBench): Promise<void> {
  await using target = await start().catch((error: unknown) => {
    console.error(`\nNOT MEASURED: ${name}, because its server did not start:\n${messageOf(error)}`);
    process.exitCode = 1;
    return undefined;
  });
  if (target === undefined) return;
  const barely = { mint: await bundled(bare.mint), post: await bundled(bare.post) };
  const { engine } = target;
  const given: Record<string, string> = {
    ...target.inputs,
    engine: engine.name,
    root: target.root,
    'check-run-id': '1',
  };
  const inputs = actionInputs({ ...mintInputs, ...engine.inputs }, given);
  const main = join(root, 'dist', 'main.js');
  const post = join(root, 'dist', 'post.js');

  const floor: Row = { name: 'node -e 0', values: [] };
  const firstError: Row = { name: 'first input error', values: [], versus: { row: floor, atMost: targets.firstError } };
  const bareMint: Row = { name: 'mint, bare', values: [] };
  const mint: Row = { name: 'mint', values: [], versus: { row: bareMint, atMost: mintTarget } };
  const barePost: Row = { name: 'revoke, bare', values: [] };
  const revoke: Row = { name: 'revoke (post)', values: [], versus: { row: barePost } };
  const rows = [floor, firstError, bareMint, mint, barePost, revoke];

  /** All processes once. @param measure runs one and returns its value */
  const round = (measure: Measure, number: number): Map<Row, number> => {
    const values = new Map<Row, number>();
    values.set(floor, measure(['-e', '0'], {}).value);
    const empty = measure([main], { ...inputs, INPUT_ROOT: '' }, 1);
    if (!empty.output.includes('::error::Input "root"')) throw new Error(`another error was expected: ${empty.output}`);
    values.set(firstError, empty.value);

    const ours = (): void => {
      const minted = measure([main], inputs);
      values.set(mint, minted.value);
      const revoked = measure([post], { ...inputs, ...minted.state });
      if (!revoked.output.includes(': revoked.')) throw new Error(`it was not revoked: ${revoked.output}`);
      values.set(revoke, revoked.value);
    };
    const theirs = (): void => {
      const env = { ...inputs, PRINCIPAL: `bench_${process.pid}_${number}` };
      const minted = measure([barely.mint], env);
      values.set(bareMint, minted.value);
      values.set(barePost, measure([barely.post], { ...env, ...minted.state }).value);
    };
    for (const turn of number % 2 === 0 ? [ours, theirs] : [theirs, ours]) turn();
    return values;
  };
  const collect = async (measure: Measure): Promise<Row[]> => {
    const fresh = new Map(rows.map((row) => [row, [] as number[]]));
    for (let number = -warmUps; number < runs; number += 1) {
      const values = round(measure, Math.abs(number));
      await target.calls?.();
      if (number >= 0) for (const [row, value] of values) fresh.get(row)?.push(value);
    }
    return rows.map((row) => {
      row.values.splice(0, Infinity, ...(fresh.get(row) ?? []));
      return row;
    });
  };

  const machine = `Node ${process.version} on ${process.platform}-${process.arch}, ${cpus().length} CPUs`;
  console.log(`\n${name}: medians of ${runs} runs; ${machine}\n`);
  printTable('start to exit, ms', await collect(timed), floor);
  console.log(`(${note})\n`);
  printTable('peak memory, MB', await collect(peak), floor, targets.megabytes);

  if (target.calls === undefined) return;
  const minted = timed([main], inputs);
  const ofMint = await target.calls();
  const ofList = await target.calls({ list: true });
  timed([post], { ...inputs, ...minted.state });
  const ofRevoke = await target.calls();
  const env = { ...inputs, PRINCIPAL: `bench_${process.pid}` };
  const barelyMinted = timed([barely.mint], env);
  const ofBareMint = await target.calls();
  timed([barely.post], { ...env, ...barelyMinted.state });
  console.log('');
  printCalls('mint', ofMint, ofBareMint);
  printCalls('revoke', ofRevoke, await target.calls());
  printCalls('list, one lease', ofList);
}

async function startMysql(kind: 'mysql' | 'mariadb'): Promise<BenchTarget | undefined> {
  const server = kind === 'mysql' ? findMysql() : findMariadb();
  if (server === undefined) return undefined;
  const target = await startTarget(kind, server);
  await target.admin('SET GLOBAL general_log = OFF'); // it is the tests that read it
  return target;
}

/** @param kind whose inputs, an `assumed_role`'s or an `iam_user`'s */
async function startAws(kind: 'session' | 'user'): Promise<BenchTarget> {
  const server = fork(join(import.meta.dirname, 'bench', 'aws-server.ts'));
  const next = async (): Promise<unknown> => (await (once(server, 'message') as Promise<unknown[]>))[0];
  const ready = (await next()) as AwsProcess;
  const inputs = ready[kind];
  return {
    engine: aws,
    root: ready.root,
    inputs,
    async calls({ list } = { list: false }) {
      const answer = next();
      server.send({ list, inputs } satisfies AwsQuestion);
      return (await answer) as AwsAnswer;
    },
    async [Symbol.asyncDispose]() {
      if (!server.connected) return;
      const ended = once(server, 'exit');
      server.disconnect();
      await ended;
    },
  };
}

// ---- Measuring ----------------------------------------------------------------------------------------------------

interface Measured {
  readonly value: number;
  readonly output: string;
  /** STATE_… for the post step */
  readonly state: Record<string, string>;
}
type Measure = typeof timed;

/** Runs Node with what the runner's environment would hold, and nothing of this one's. */
function timed(argv: readonly string[], env: Readonly<Record<string, string>>, expected = 0): Measured {
  const files = createFileCommands(mkdtempSync(join(home, 'run-')));
  const runner = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_REPOSITORY_ID: '1',
    GITHUB_RUN_ID: '2',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'bench',
    GITHUB_WORKFLOW: 'Bench',
    GITHUB_ACTOR: 'octocat',
    GITHUB_OUTPUT: files.output,
    GITHUB_STATE: files.state,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    GITHUB_STEP_SUMMARY: files.step_summary,
  };
  const started = performance.now();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, {
    env: { ...runner, ...env },
    encoding: 'utf8',
  });
  const value = performance.now() - started;
  if (status !== expected) throw new Error(`${argv.join(' ')} ended with ${signal ?? status}:\n${stdout}${stderr}`);
  const state = [...parsePairs(readFileCommand(files.state))].map(([name, text]) => [`STATE_${name}`, text] as const);
  return { value, output: stdout, state: Object.fromEntries(state) };
}

/** The same, with its peak memory in MB as the value. */
function peak(argv: readonly string[], env: Readonly<Record<string, string>>, expected = 0): Measured {
  const file = join(home, 'peak');
  const measured = timed(['--require', preload, ...argv], { ...env, PEAK_FILE: file }, expected);
  return { ...measured, value: Number(readFileSync(file, 'utf8')) / 1024 };
}

/** INPUT_… as the runner sets it from an action.yml: every input, with its default where it is not given. */
function actionInputs(table: InputTable, given: Readonly<Record<string, string>>): Record<string, string> {
  const names = [...new Set([...Object.keys(table), ...Object.keys(given)])];
  return Object.fromEntries(
    names.map((name) => [`INPUT_${name.toUpperCase()}`, given[name] ?? table[name]?.default ?? '']),
  );
}

async function bundled(script: string): Promise<string> {
  const dir = mkdtempSync(join(home, 'bare-'));
  await bundle({ bare: `scripts/bench/${script}` }, dir);
  return join(dir, 'bare.js');
}

// ---- Printing -----------------------------------------------------------------------------------------------------

function printTable(unit: string, rows: readonly Row[], floor: Row, atMost?: number): void {
  const isTime = atMost === undefined;
  const head = [unit, 'min', 'median', 'max', '× floor', ...(isTime ? ['× bare', 'target'] : ['target'])];
  const body = rows.map((row) => {
    const { values, versus } = row;
    const middle = median(values);
    const cells = [Math.min(...values), middle, Math.max(...values)].map((value) => value.toFixed(1));
    const overFloor = ratio(middle, median(floor.values));
    if (!isTime) return [row.name, ...cells, overFloor, row.versus === undefined ? '' : verdict(middle, atMost, 'MB')];
    const over = versus === undefined ? Number.NaN : middle / median(versus.row.values);
    const isBare = versus !== undefined && versus.row !== floor;
    const aim = versus?.atMost === undefined ? '' : verdict(over, versus.atMost, isBare ? '× bare' : '× floor');
    return [row.name, ...cells, overFloor, isBare ? over.toFixed(2) : '', aim];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => (cells[column] ?? '').length)));
  const print = (cells: readonly string[]): void => {
    const padded = cells.map((cell, i) => {
      const isText = i === 0 || i === head.length - 1;
      return isText ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
    });
    console.log(padded.join('   ').trimEnd());
  };
  print(head);
  print(widths.map((width) => '─'.repeat(width)));
  for (const cells of body) print(cells);
}

function printCalls(what: string, calls: readonly string[], bare?: readonly string[]): void {
  console.log(`calls of ${what}: ${counted(calls)}${bare === undefined ? '' : `; bare: ${counted(bare)}`}`);
}

function counted(calls: readonly string[]): string {
  const names = calls.join(', ').replaceAll(/\b(\w+)(?:, \1\b)+/g, (all, call) => `${call} × ${all.split(',').length}`);
  return `${calls.length} (${names})`;
}

function verdict(value: number, atMost: number, unit: string): string {
  return `≤ ${atMost} ${unit} ${value <= atMost ? '✓' : '✗'}`;
}

function ratio(value: number, base: number): string {
  return (value / base).toFixed(2);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}
