/**
 * `npm run mutants`: do the tests notice when the code is wrong? Each mutant of scripts/mutants/list.ts is put into a
 * copy of the tree, one at a time, and its test files are run: one of them must fail. The exit code is 0 only when every
 * mutant applies and all but those that are justified were seen. In the copy `dist/` runs the sources.
 *
 *   npm run mutants                  all; takes hours
 *   npm run mutants -- sweep         those of a room
 *   npm run mutants -- --jobs 4      so many copies at a time; default 2
 *   npm run mutants -- --check       only whether every mutant still applies
 *
 * A tool such as StrykerJS keeps its mutants in the process of the tests. Most of these are only seen by the actions that
 * the tests start as processes, from `dist/`.
 */
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { apply, type Applied } from './mutants/apply.ts';
import { mutants, rooms, type Mutant } from './mutants/list.ts';

const root = join(import.meta.dirname, '..');

/** A mutant that hangs its tests is seen too. Milliseconds. */
const patience = 600_000;

const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: '2' }, check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const chosen = mutants.filter(
  (mutant) => positionals.length === 0 || positionals.some((word) => [mutant.room, ...testsOf(mutant)].includes(word)),
);
const applied = chosen.map((mutant) => ({ mutant, applied: apply(mutant, root) }));
const stale = applied.flatMap((each) => (typeof each.applied === 'string' ? [each.applied] : []));
for (const complaint of stale) console.error(`NO LONGER APPLIES: ${complaint}`);
if (stale.length > 0) process.exitCode = 1;
else if (values.check) console.log(`All ${chosen.length} mutants apply.`);
else await runAll();

async function runAll(): Promise<void> {
  const copies = await Promise.all(Array.from({ length: Number(values.jobs) }, async () => await copyOfTree()));
  try {
    const suites = new Map(chosen.map((mutant) => [testsOf(mutant).join(' '), mutant]));
    console.log(`${chosen.length} mutants, ${suites.size} sets of test files. First those without a mutant:`);
    await shared([...suites], copies, async ([suite, mutant], copy) => {
      const { failed, seconds } = await test(copy, testsOf(mutant));
      if (failed !== undefined) throw new Error(`without a mutant ${suite} fails: ${failed}`);
      console.log(`  ${suite}: ${seconds} s`);
    });
    const unseen: Mutant[] = [];
    await shared(applied, copies, async ({ mutant, applied: change }, copy) => {
      if (typeof change === 'string') return;
      const { failed, seconds } = await withMutant(copy, change, mutant);
      if (failed === undefined) unseen.push(mutant);
      const verdict =
        failed === undefined ? (mutant.unseen === undefined ? 'NOT SEEN' : 'not seen, as justified') : 'seen';
      console.log(
        `${verdict} ${change.file}:${change.line} ${title(mutant)} (${seconds} s)${failed === undefined ? '' : ` ${failed}`}`,
      );
    });
    summarize(unseen);
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}

function summarize(unseen: readonly Mutant[]): void {
  const share = (100 * (chosen.length - unseen.length)) / chosen.length;
  console.log(`\n${chosen.length - unseen.length} of ${chosen.length} seen: ${share.toFixed(0)} %`);
  for (const mutant of unseen) console.log(`- ${title(mutant)}: ${mutant.unseen ?? 'NOT JUSTIFIED'}`);
  const odd = chosen.filter((mutant) => mutant.unseen !== undefined && !unseen.includes(mutant));
  for (const mutant of odd) console.log(`- ${title(mutant)}: seen now, so it needs no justification: ${mutant.unseen}`);
  if (unseen.some((mutant) => mutant.unseen === undefined) || odd.length > 0) process.exitCode = 1;
}

/** What git knows, as it is now, with the same packages. */
async function copyOfTree(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'joblease-mutants-'));
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root },
  );
  for (const file of stdout.split('\0'))
    if (file !== '') cpSync(join(root, file), join(copy, file), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Building dist/ takes longer than most tests; Node runs the sources as they are.
  for (const file of globSync('*.js', { cwd: join(copy, 'dist') }))
    writeFileSync(join(copy, 'dist', file), `import '../src/actions/${file.replace('.js', '.ts')}';\n`);
  writeFileSync(join(copy, 'dist', 'package.json'), '{ "type": "module" }\n');
  return copy;
}

async function withMutant(copy: string, { file, text }: Applied, mutant: Mutant): Promise<TestEnd> {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, text);
  try {
    // Mostly the file of the same name sees it, and it takes a part of the time.
    const name = `/${basename(file, '.ts')}.test.ts`;
    const files = globSync(
      testsOf(mutant).map((each) => (each.endsWith('.ts') ? each : `${each}/**/*.test.ts`)),
      { cwd: copy },
    );
    const first = files.filter((each) => each.endsWith(name));
    if (first.length > 0 && first.length < files.length) {
      const end = await test(copy, first);
      if (end.failed !== undefined) return end;
    }
    return await test(
      copy,
      files.filter((each) => !first.includes(each) || files.length === first.length),
    );
  } finally {
    writeFileSync(path, original);
  }
}

interface TestEnd {
  /** the first test that failed; undefined when none did */
  readonly failed: string | undefined;
  readonly seconds: number;
}

async function test(copy: string, files: readonly string[]): Promise<TestEnd> {
  const started = Date.now();
  const end = (failed?: string): TestEnd => ({ failed, seconds: Math.round((Date.now() - started) / 1000) });
  const run = async (command: string, ...args: readonly string[]): Promise<void> => {
    const env = {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
      NO_COLOR: '1',
    };
    await promisify(execFile)(command, args, { cwd: copy, env, timeout: patience, maxBuffer: 2 ** 28 });
  };
  try {
    await run('vitest', 'run', '--bail=1', ...files);
    return end();
  } catch (error) {
    const { stderr = '', killed } = error as { stderr?: string; killed?: boolean };
    return end(killed === true ? 'no end' : (/^ FAIL +(.+)$/m.exec(stderr)?.[1] ?? stderr.slice(-500)));
  }
}

/** Gives every item to the first copy that is free. */
async function shared<Item>(
  items: readonly Item[],
  copies: readonly string[],
  work: (item: Item, copy: string) => Promise<void>,
): Promise<void> {
  const left = [...items];
  await Promise.all(
    copies.map(async (copy) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item, copy);
    }),
  );
}

function testsOf({ room, tests }: Mutant): readonly string[] {
  return tests ?? rooms[room];
}

function title({ what, from, to }: Mutant): string {
  return what ?? `${JSON.stringify(from)} → ${JSON.stringify(to)}`;
}
