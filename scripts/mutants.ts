/**
 * `npm run mutants`: do the tests notice when the code is wrong? Each mutant of scripts/mutants/list.ts is put into a
 * copy of the tree, one at a time, and its test files are run: one of them must fail, and pass again without the mutant.
 * The exit code is 0 only when every mutant applies and all but those that are justified were seen. In the copy `dist/`
 * runs the sources.
 *
 *   npm run mutants                  all; takes hours
 *   npm run mutants -- sweep lock    those of a room, or with a word in what they mean or change
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

/** A mutant that hangs its tests is seen too. */
const patienceMs = 900_000;

/** `unclear`: what failed with the mutant does not fail by itself, or fails without it as well */
type Verdict = 'seen' | 'not seen' | 'unclear';

const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: '2' }, check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = mutants.filter(
  (mutant) => positionals.length === 0 || positionals.some((word) => `${mutant.room}: ${title(mutant)}`.includes(word)),
);
const changes = new Map(chosen.map((mutant) => [mutant, apply(mutant, root)]));
const stale = [...changes.values()].filter((change) => typeof change === 'string');
for (const complaint of stale) console.error(`NO LONGER APPLIES: ${complaint}`);
if (stale.length > 0) process.exitCode = 1;
else if (values.check) console.log(`All ${chosen.length} mutants apply.`);
else await runAll();

async function runAll(): Promise<void> {
  const left = [...changes];
  const verdicts = new Map<Mutant, Verdict>();
  const copies = await Promise.all(Array.from({ length: Number(values.jobs) }, copyOfTree));
  try {
    await Promise.all(
      copies.map(async (copy) => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const [mutant, change] = next;
          if (typeof change !== 'string') verdicts.set(mutant, await judge(copy, mutant, change));
        }
      }),
    );
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
  summarize(verdicts);
}

async function judge(copy: string, mutant: Mutant, change: Applied): Promise<Verdict> {
  const started = Date.now();
  const wanted = testsOf(mutant).map((each) => (each.endsWith('.ts') ? each : `${each}/**/*.test.ts`));
  const files = wanted.flatMap((pattern) => globSync(pattern, { cwd: copy }));
  // Mostly the file of the same name sees it, and it takes a part of the time.
  const isFirst = (file: string): boolean => basename(file) === `${basename(change.file, '.ts')}.test.ts`;
  let verdict: Verdict = 'not seen';
  let told = '';
  for (const file of files.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))) {
    for (const name of await withMutant(copy, change, async () => await failing(copy, file))) {
      // By itself, with the mutant and without: on a busy machine tests fail without any.
      const alone = async (): Promise<boolean> => (await failing(copy, file, name)).length > 0;
      const isCause = (await withMutant(copy, change, alone)) && !(await alone());
      verdict = isCause ? 'seen' : 'unclear';
      told += `\n    ${isCause ? 'by' : 'failed once:'} ${file} ${name}`;
      if (isCause) break;
    }
    if (verdict === 'seen') break;
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${verdict.toUpperCase()} ${change.file}:${change.line} ${title(mutant)} (${seconds} s)${told}`);
  return verdict;
}

function summarize(verdicts: ReadonlyMap<Mutant, Verdict>): void {
  const those = (verdict: Verdict): Mutant[] => chosen.filter((mutant) => verdicts.get(mutant) === verdict);
  const seen = those('seen');
  console.log(`\n${seen.length} of ${chosen.length} seen: ${((100 * seen.length) / chosen.length).toFixed(0)} %`);
  for (const mutant of those('not seen'))
    console.log(`- not seen: ${title(mutant)}: ${mutant.unseen ?? 'NOT JUSTIFIED'}`);
  for (const mutant of those('unclear')) console.log(`- unclear: ${title(mutant)}: run it again on an idle machine`);
  const surprises = seen.filter(({ unseen }) => unseen !== undefined);
  for (const mutant of surprises) console.log(`- seen, and its entry says that it cannot be: ${title(mutant)}`);
  const isFine = those('not seen').every(({ unseen }) => unseen !== undefined);
  if (!isFine || surprises.length > 0 || those('unclear').length > 0) process.exitCode = 1;
}

/** What git knows, as it is now, with the same packages. */
async function copyOfTree(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'joblease-mutants-'));
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { cwd: root },
  );
  for (const file of stdout.split('\0')) {
    if (file !== '') cpSync(join(root, file), join(copy, file), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Building dist/ takes longer than most tests; Node runs the sources as they are.
  for (const file of globSync('*.js', { cwd: join(copy, 'dist') }))
    writeFileSync(join(copy, 'dist', file), `import '../src/actions/${file.replace('.js', '.ts')}';\n`);
  return copy;
}

async function withMutant<T>(copy: string, { file, text }: Applied, work: () => Promise<T>): Promise<T> {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, text);
  try {
    return await work();
  } finally {
    writeFileSync(path, original);
  }
}

/** @param name of one test. @returns the names of those that fail; `''` where the file was not loaded, or came to no end */
async function failing(copy: string, file: string, name = ''): Promise<readonly string[]> {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const pattern = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const only = name === '' ? [] : ['--testNamePattern', `^${pattern}$`];
  try {
    const options = { cwd: copy, env, timeout: patienceMs, maxBuffer: 2 ** 28 };
    await promisify(execFile)('vitest', ['run', '--bail=3', file, ...only], options);
    return [];
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const names = [...stderr.matchAll(/^ FAIL +\S+\.test\.ts > (.+)$/gm)].map(([, test = '']) =>
      test.replaceAll(' > ', ' '),
    );
    return names.length === 0 ? [''] : names;
  }
}

function testsOf({ room, tests }: Mutant): readonly string[] {
  return tests ?? rooms[room];
}

function title({ what, from, to }: Mutant): string {
  return what ?? `${JSON.stringify(from)} → ${JSON.stringify(to)}`;
}
