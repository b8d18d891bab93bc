/**
 * `npm run demo`: runs examples/postgres.yml as GitHub's runner would, on a real PostgreSQL 18, and shows that its login
 * ends with the job: when the job ends well, and when its runner is killed. Every claim in the table at the end is
 * something that was tried and seen; the exit code is 0 only if all of them were.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { postgres } from '../src/engines/postgres/declaration.ts';
import { messageOf } from '../src/lease/errors.ts';
import { parseInputs } from '../src/lease/inputs.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../test/contract/postgres-target.ts';
import { runSteps, runWorkflow, type JobResult, type RunnerOptions } from '../test/runner/index.ts';

const example = join(import.meta.dirname, '..', 'examples', 'postgres.yml');

/** Of the second run: long enough to see the login work, short enough to wait for. Seconds. */
const shortTtl = 8;

/** What to do after it, for one's own database. */
const nextSteps = [
  '1. Paste the SQL of README.md, "The first job", into psql (MySQL, MariaDB, AWS: docs/<engine>.md).',
  '2. Paste what follows it there: it makes the password of root, and stores its URL as a secret.',
  '3. Copy examples/postgres.yml to .github/workflows/ of your repository, put in your names, push.',
];

/** What the demo claims. {@link observe} says whether it was seen. */
const claims = {
  rootIsWeak: 'the stored secret has no right of its own on the data',
  works: 'the login works while the job runs',
  belongs: 'what the job made belongs to the group and stays',
  refused: 'after the job a login is refused',
  sessionEnded: 'a session that was left open is ended',
  roleGone: 'the role is gone',
  actionsLog: 'the Actions log holds no password',
  serverLog: "the server's statement log holds no password",
  lost: 'a runner killed with SIGKILL runs no post step',
  stillWorks: 'right after that the login still works',
  expired: 'from its TTL on it is refused, by the server',
  found: 'what is left is found, as expired, by asking the server',
  removed: 'and the sweep, on a schedule, removes it',
};
type Claim = keyof typeof claims;
const observed = new Map<Claim, { seen: boolean; evidence: string }>();

// Ctrl-C ends what is under way; everything started is then put away as after any other end.
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
}
// In a terminal, Ctrl-C reaches the server too. Its end breaks connections that nobody is waiting on at that moment.
process.on('uncaughtException', (error) => interrupted.abort(error));
const { signal } = interrupted;

// All temporary files of the server, the runner and the jobs go into one directory, so that none can be left behind.
const temporary = mkdtempSync(join(tmpdir(), 'joblease-demo-'));
chmodSync(temporary, 0o755); // PostgreSQL may have to run as another user
process.env['TMPDIR'] = temporary;

const started = performance.now();
try {
  await demo();
} catch (error) {
  process.exitCode = 1;
  say(paint('red', `\nThe demo stopped: ${messageOf(signal.aborted ? signal.reason : error)}`));
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
printClaims();

async function demo(): Promise<void> {
  title('joblease: a login that exists only for one job');
  say('Starting a real PostgreSQL 18 on this machine …');
  await using target = await startServer();
  signal.throwIfAborted();
  await showRoot(target);
  const first = await jobThatEnds(target);
  signal.throwIfAborted();
  const second = await jobThatIsKilled(target);
  lookIntoLogs(target, await target.statementLog(), [first, second]);
}

async function startServer(): Promise<PostgresTarget> {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('there is no PostgreSQL to start');
  const target = await embedded.start();
  // As the README has it: the login acts as a role, which mints.
  await target.admin(
    `CREATE ROLE joblease_admin NOLOGIN CREATEROLE;
    GRANT billing_owner TO joblease_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    REVOKE billing_owner FROM joblease CASCADE;
    ALTER ROLE joblease NOCREATEROLE;
    GRANT joblease_admin TO joblease WITH INHERIT FALSE, SET TRUE`,
  );
  return target;
}

/** The database holds a group `billing_owner` with its tables, and root, which may make logins and add them to it. */
async function showRoot(target: PostgresTarget): Promise<void> {
  const { rows } = await target.admin(
    `SELECT rolsuper AS super, rolcreaterole AS creates, has_table_privilege('joblease', 'app.invoice', 'SELECT') AS reads,
        pg_has_role('joblease_admin', 'billing_owner', 'MEMBER WITH ADMIN OPTION') AS grants
      FROM pg_roles WHERE rolname = 'joblease_admin'`,
    'billing',
  );
  const { super: superuser, creates, reads, grants } = rows[0] ?? {};
  say('The secret that the repository stores is a root login. Asked about it, the server says:');
  say(
    `  superuser ${yes(superuser)} · may create roles ${yes(creates)} · may add them to billing_owner ${yes(grants)}`,
  );
  say(`  may read app.invoice ${yes(reads)}`);
  const weak = superuser === false && creates === true && grants === true && reads === false;
  observe('rootIsWeak', weak, 'no superuser, may not read app.invoice');
}

async function jobThatEnds(target: PostgresTarget): Promise<JobResult> {
  title('1. A job runs and ends');
  say('What its user sees in the Actions log of examples/postgres.yml:');
  const thief = plantThief();
  let session: Awaited<ReturnType<typeof clientSession>> | undefined;
  let ending: Promise<string> | undefined;
  const result = await runExample(target, thief, {
    async onStep({ step, phase, event }) {
      const url = thief.loot();
      if (phase !== 'main' || event !== 'end' || url === '' || session !== undefined || step === 'db') return;
      // The job's last step is over, its post steps have not begun: the moment of a credential that leaked.
      session = await clientSession(url);
      const { rows } = await session.client.query('SELECT session_user AS login, current_user AS acting');
      const { login, acting } = (rows[0] ?? {}) as Record<string, unknown>;
      observe('works', acting === 'billing_owner', `as ${String(login)}`);
      ending = session.client.query('SELECT pg_sleep(60)').then(
        () => '',
        (error: unknown) => describeError(error),
      );
    },
  });
  if (session === undefined || ending === undefined) throw new Error('the job ended before its login could be tried');
  await using _ = session;
  const url = outputOf(result, 'url');
  const principal = outputOf(result, 'principal');

  say(
    `While it ran, the demo took ${paint('bold', 'DATABASE_URL')} out of the job, as a compromised dependency would, and`,
  );
  say('left a session open with it, in the middle of a query. The job is over now. Trying it again:');
  // Were the session not ended, its query would come back by itself, or this would give up waiting.
  const end = await Promise.race([ending, sleep(5000, 'still open', { ref: false })]);
  fact('its open session', end);
  observe('sessionEnded', end.startsWith('57P01'), 'its query was broken off: 57P01');

  const login = await tryLogin(url);
  fact('a new login', login.text);
  observe('refused', login.refused, login.text);

  const roles = await target.admin(`SELECT FROM pg_roles WHERE rolname = '${principal}'`);
  const sessions = await target.admin(`SELECT FROM pg_stat_activity WHERE usename = '${principal}'`);
  fact('in pg_roles', `${roles.rowCount} rows named ${principal}`);
  fact('in pg_stat_activity', `${sessions.rowCount} sessions`);
  observe('roleGone', roles.rowCount === 0 && sessions.rowCount === 0, `0 rows in pg_roles, 0 sessions`);

  const tables = await target.admin(
    `SELECT string_agg(DISTINCT tableowner, ', ') AS owners, string_agg(tablename, ', ' ORDER BY 1) AS names
      FROM pg_tables WHERE schemaname = 'public'`,
    'billing',
  );
  const { owners, names } = tables.rows[0] ?? {};
  fact('tables', `${String(names)}: owned by ${String(owners)}`);
  observe('belongs', owners === 'billing_owner' && String(names).includes('invoice'), 'public.invoice is the group’s');
  return result;
}

async function jobThatIsKilled(target: PostgresTarget): Promise<JobResult> {
  title('2. The same job, and its runner dies');
  say(`This time with a TTL of ${shortTtl} s. The migration is made to wait for a lock; there, every process of the`);
  say('runner gets SIGKILL. Nothing of joblease will run any more.');
  const thief = plantThief();
  // Holds the lock until it is told to stop.
  const lock = target
    .admin('BEGIN; LOCK TABLE public.invoice; SELECT pg_sleep(60)', 'billing')
    .catch((error: unknown) => describeError(error));
  const over = new AbortController();
  const running = startExample(target, thief, { inputs: { ttl: `${shortTtl}s` } });
  const done = running.run.done.finally(() => over.abort());
  const waiting = `SELECT FROM pg_stat_activity WHERE usename LIKE 'jl\\_%' AND wait_event_type = 'Lock'`;
  while (!over.signal.aborted && (await target.admin(waiting)).rowCount === 0) await sleep(20);
  running.run.kill();
  const result = await running.finish(done);
  await target.admin(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE%'`);
  await lock;
  signal.throwIfAborted();

  const killed = result.steps.find(({ signal: by }) => by === 'SIGKILL');
  const posts = result.steps.filter(({ phase }) => phase === 'post').length;
  observe(
    'lost',
    result.conclusion === 'lost' && killed !== undefined && posts === 0,
    `“${killed?.name ?? '?'}” ended by ${killed?.signal ?? '?'}, ${posts} post steps`,
  );

  const url = outputOf(result, 'url');
  const principal = outputOf(result, 'principal');
  const expiresAt = new Date(outputOf(result, 'expires-at'));
  say(`PostgreSQL was told when the login ends before anybody had it: at ${paint('bold', clock(expiresAt))}.`);
  say('');
  say(`  ${paint('dim', "server's clock   this machine's   a login is")}`);
  // The clock is read before and after each try, so a try can only be judged by what is certain.
  let isWellTimed = true;
  for (let isFirst = true; ; isFirst = false) {
    const before = await serverClock(target);
    const here = new Date();
    const login = await tryLogin(url);
    const after = await serverClock(target);
    isWellTimed &&= login.refused ? after >= expiresAt : before < expiresAt;
    const state = login.refused ? `${paint('red', 'refused')}: ${login.text}` : paint('green', 'accepted');
    say(`  ${clock(before)}     ${clock(here)}     ${state}`);
    if (isFirst)
      observe('stillWorks', !login.refused, `at ${clock(before)}, ${until(before, expiresAt)} before its end`);
    if (before >= expiresAt) {
      isWellTimed &&= login.refused;
      break;
    }
    const left = expiresAt.getTime() - after.getTime();
    await sleep(left > 2000 ? 1500 : Math.max(left, 0) + 20, undefined, { signal });
  }
  say('');
  const log = (await target.statementLog()).split('\n').find((line) => line.includes(`"${principal}" has an expired`));
  say("The server's own log says why:");
  say(`  ${log?.replace(/^.*(?=DETAIL)/, '').trim() ?? '(nothing)'}`);
  observe('expired', isWellTimed && log !== undefined, 'server log: “has an expired password”');

  const engine = await postgres.load();
  const config = parseInputs(postgres.inputs, (name) => target.inputs[name] ?? '');
  const context = { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]), warn: say };
  await using session = await engine.open(postgres.root.parse(target.root, 'root'), config, context);
  const leases = await Array.fromAsync(session.leases());
  const [lease] = leases;
  say('There is no lease database. Asked what joblease has left there, the server itself answers:');
  for (const { principal: name, record, usable } of leases) {
    say(`  ${name} · run ${record?.run ?? '?'} of ${record?.repo ?? '?'} · ${usable ? 'usable' : 'expired'}`);
  }
  const isFound = leases.length === 1 && lease?.principal === principal && !lease.usable;
  observe('found', isFound, `${leases.length} lease, ${lease?.usable === false ? 'not usable' : 'usable'}`);

  say('That is what the sweep asks, every hour or so:');
  const sweep = await runSweep(target);
  const { found = '', revoked = '' } = sweep.steps[0]?.outputs ?? {};
  const left = await target.admin(`SELECT FROM pg_roles WHERE rolname LIKE 'jl\\_%'`);
  observe(
    'removed',
    revoked === '1' && left.rowCount === 0,
    `found ${found}, revoked ${revoked}, ${left.rowCount} roles left`,
  );
  return result;
}

function lookIntoLogs(target: PostgresTarget, statements: string, results: readonly JobResult[]): void {
  title('3. What the logs hold');
  const passwords = [target.rootSecret, ...results.map((result) => outputOf(result, 'password'))];
  const forms = passwords.flatMap((text) => [text, encodeURIComponent(text), Buffer.from(text).toString('base64')]);
  const find = (text: string): number => forms.filter((form) => text.includes(form)).length;

  // A search that finds nothing proves nothing unless what it looks through is what it should be.
  const seen = results
    .map(({ log, summary, annotations }) => `${log}\n${summary}\n${JSON.stringify(annotations)}`)
    .join();
  const isMasked = results.every(({ log }) => log.includes('Connecting to ***'));
  say(`The passwords of root and of both leases were looked for in plain, URL-encoded and in base64:`);
  fact('Actions logs', `${lines(seen)}, ${find(seen)} passwords`);
  observe('actionsLog', isMasked && find(seen) === 0, `${lines(seen)}, where the job printed it: ***`);

  const created = statements.split('\n').find((line) => line.includes('CREATE ROLE "jl_')) ?? '';
  fact(
    'server log',
    `${lines(statements)}, with every statement, ${find(statements)} passwords; a mint looks like this:`,
  );
  say(`  ${created.replace(/^.*?(?=CREATE ROLE)/, '').slice(0, 96)}…`);
  observe(
    'serverLog',
    created.includes('SCRAM-SHA-256$') && find(statements) === 0,
    'the server got a SCRAM verifier only',
  );
}

// ---- Running the example ------------------------------------------------------------------------------------------

interface Thief {
  /** directory to put in front of the job's PATH */
  readonly bin: string;
  /** @returns the DATABASE_URL that was taken, `''` while there is none */
  loot(): string;
}

/**
 * A `psql` that copies DATABASE_URL before it does what the example asks of it, also where there is no real one. It lets
 * the demo act with the job's own credential.
 */
function plantThief(): Thief {
  const bin = mkdtempSync(join(temporary, 'bin-'));
  const file = join(bin, 'loot');
  const script = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const { Client } = require(${JSON.stringify(createRequire(import.meta.url).resolve('pg'))});
const url = process.env.DATABASE_URL;
writeFileSync(${JSON.stringify(file)}, url);
console.log('Connecting to ' + url);
(async () => {
  const client = new Client(url);
  await client.connect();
  for (const { command } of [await client.query(readFileSync(0, 'utf8'))].flat()) console.log(command + ' TABLE');
  await client.end();
})();
`;
  writeFileSync(join(bin, 'psql'), script, { mode: 0o755 });
  return { bin, loot: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

/** Starts the example's workflow and prints its log, in a frame, as it comes. */
function startExample(target: PostgresTarget, thief: Thief, options: RunnerOptions) {
  say(paint('cyan', `┌${'─'.repeat(98)}`));
  const run = runWorkflow(example, {
    workspace: join(import.meta.dirname, '..'),
    secrets: { BILLING_DB_ROOT: target.root },
    env: { PATH: [thief.bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter) },
    onLine: (line) => printFramed(line),
    ...options,
  });
  signal.addEventListener('abort', () => run.kill());
  const finish = async (done: typeof run.done): Promise<JobResult> => {
    const { jobs } = await done;
    const [result] = Object.values(jobs);
    if (result === undefined) throw new Error('the workflow has no job');
    say(`${paint('cyan', `└─ job: `)}${result.conclusion}`);
    say('');
    return result;
  };
  return { run, finish };
}

async function runExample(target: PostgresTarget, thief: Thief, options: RunnerOptions): Promise<JobResult> {
  const { run, finish } = startExample(target, thief, options);
  const result = await finish(run.done);
  signal.throwIfAborted();
  if (result.conclusion !== 'success') throw new Error(`the example ended with ${result.conclusion}`);
  return result;
}

/** The sweep as a workflow has it; without GitHub it ends what is over by the server's clock. */
async function runSweep(target: PostgresTarget): Promise<JobResult> {
  const steps = `
    - uses: OWNER/joblease/actions/sweep@v1
      with: { engine: postgres, root: "\${{ secrets.BILLING_DB_ROOT }}", orphans: false, admin-role: joblease_admin }
  `;
  say(paint('cyan', `┌${'─'.repeat(98)}`));
  const run = runSteps(steps, { secrets: { BILLING_DB_ROOT: target.root }, onLine: (line) => printFramed(line) });
  signal.addEventListener('abort', () => run.kill());
  const result = await run.done;
  say(`${paint('cyan', `└─ job: `)}${result.conclusion}\n`);
  return result;
}

function outputOf({ steps }: JobResult, name: string): string {
  const value = steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs[name] ?? '';
  if (value === '') throw new Error(`the step "db" has no output "${name}"`);
  return value;
}

// ---- Asking the server --------------------------------------------------------------------------------------------

/** @returns whether the server refused the login; any other failure is thrown, because it proves nothing */
async function tryLogin(url: string): Promise<{ refused: boolean; text: string }> {
  try {
    await using session = await clientSession(url);
    await session.work();
    return { refused: false, text: 'accepted' };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== '28P01') throw error;
    return { refused: true, text: describeError(error) };
  }
}

async function serverClock(target: PostgresTarget): Promise<Date> {
  const { rows } = await target.admin('SELECT clock_timestamp() AS now');
  return rows[0]?.['now'] as Date;
}

/** `28P01 password authentication failed`: the server's code and its words, without the name that is in them. */
function describeError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `${code} ${messageOf(error).replace(/ for user ".*"$/, '')}`.trim();
}

// ---- Printing -----------------------------------------------------------------------------------------------------

function observe(claim: Claim, seen: boolean, evidence: string): void {
  observed.set(claim, { seen, evidence });
}

function printClaims(): void {
  title('What was seen');
  for (const [claim, text] of Object.entries(claims) as [Claim, string][]) {
    const { seen, evidence } = observed.get(claim) ?? { seen: false, evidence: 'not seen' };
    if (!seen) process.exitCode = 1;
    say(`${seen ? paint('green', '✓') : paint('red', '✗')} ${text.padEnd(57)}${paint('dim', evidence)}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const all = Object.keys(claims).length;
  const count = [...observed.values()].filter(({ seen }) => seen).length;
  say(
    `\n${count} of ${all} claims seen, in ${seconds} s. ${existsSync(temporary) ? `Left behind: ${temporary}` : 'Nothing is left behind.'}`,
  );
  if (count < all) return;
  title('Next, for a database of yours');
  for (const step of nextSteps) say(step);
}

function title(text: string): void {
  say(`\n${paint('bold', text)}\n${'─'.repeat(text.length)}`);
}

/** One line of the Actions log: groups as its viewer shows them, long lines broken between words. */
function printFramed(line: string): void {
  if (line === '##[endgroup]') return;
  const text = line.startsWith('##[group]') ? paint('bold', `▾ ${line.slice(9)}`) : line;
  for (const part of text.match(/.{1,96}(?:\s|$)|.{1,96}/g) ?? ['']) say(`${paint('cyan', '│')} ${part}`);
}

function fact(name: string, value: string): void {
  say(`  ${name.padEnd(20)}${value}`);
}

function say(text: string): void {
  console.log(text);
}

/** Colours only where a terminal can show them, and not with NO_COLOR. */
function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function yes(value: unknown): string {
  return paint('bold', value === true ? 'yes' : 'no');
}

function clock(date: Date): string {
  return date.toISOString().slice(11, 23);
}

function until(from: Date, to: Date): string {
  return `${((to.getTime() - from.getTime()) / 1000).toFixed(1)} s`;
}

function lines(text: string): string {
  return `${text.split('\n').length} lines`;
}
