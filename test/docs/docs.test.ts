/** Holds what is written for users against the code: action.yml, docs/, links and pins. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mintInputs, mintOutputs } from '../../src/actions/inputs.ts';
import { rotateRootInputs, rotateRootOutputs } from '../../src/actions/rotate-root-inputs.ts';
import { sweepInputs, sweepOutputs } from '../../src/actions/sweep-inputs.ts';
import type { EngineDeclaration } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/registry.ts';
import type { Input, InputTable } from '../../src/lease/inputs.ts';
import { asMap, asText, evaluateString, parseFile, type TemplateMap } from '../runner/template.ts';
import { errorTexts } from './error-texts.ts';
import { codeSpans, linksIn, section, slugs, tableIn } from './markdown.ts';
import { filesBelow, read, root } from './tree.ts';

/** What only a step takes: in the reusable workflow the default is right, or nothing else could be. */
const stepInputs = new Set(['job-token', 'repository']);

/** What a reusable workflow takes as a secret. */
const secretInputs = new Set(['root', 'github-token']);

/** What a user must be told of an input. */
interface Told {
  readonly name: string;
  readonly description: string;
  /** `''` for none */
  readonly default: string;
  readonly required: boolean;
}

/** An engine's inputs in their order: root, its own, and those of every engine. */
function inputsOf(engine: EngineDeclaration): Told[] {
  const { engine: _, ...common } = mintInputs;
  const inputs = { root: engine.root, ...engine.inputs, ...common };
  return Object.entries(inputs).map(([name, input]) => ({
    name,
    description: input.description,
    default: input.default ?? '',
    required: name === 'root' && rootIsRequired(engine),
  }));
}

/** Some engines can do with what the job has by itself. */
function rootIsRequired({ root: input }: EngineDeclaration): boolean {
  try {
    return input.parse('', 'root').length > 0;
  } catch {
    return true;
  }
}

function outputsOf(engine: EngineDeclaration): [name: string, description: string][] {
  return Object.entries({ ...mintOutputs, ...engine.outputs });
}

function action(path: string): { inputs: Told[]; outputs: [name: string, description: string][] } {
  const manifest = parseFile('action', path, read(path));
  const inputs = Object.entries(asMap(manifest['inputs'])).map(([name, input]) => told(name, asMap(input)));
  const outputs = Object.entries(asMap(manifest['outputs'])).map(([name, output]): [string, string] => [
    name,
    asText(asMap(output)['description']) ?? '',
  ]);
  return { inputs, outputs };
}

/** What our defaults refer to stays as it is written. */
const expressions = {
  job: { check_run_id: '${{ job.check_run_id }}' },
  github: { token: '${{ github.token }}' },
};

/** An expression stays as it is written, with a value for what ours may use. */
function told(name: string, input: TemplateMap): Told {
  return {
    name,
    description: asText(input['description']) ?? '',
    default: evaluateString(input['default'], { contexts: expressions }),
    required: asText(input['required']) === 'true',
  };
}

for (const engine of engines) {
  const path = `actions/${engine.name}/action.yml`;
  const page = `docs/${engine.name}.md`;

  describe(`${engine.name}: one table of inputs and outputs`, () => {
    it(`${path} agrees with the code`, () => {
      const { inputs, outputs } = action(path);
      expect(inputs[0]).toMatchObject({ name: 'engine', default: engine.name, required: false });
      expect(inputs.slice(1)).toEqual(inputsOf(engine));
      expect(outputs).toEqual(outputsOf(engine));
    });

    it(`${page} agrees with the code`, () => {
      const markdown = read(page);
      expect(tableIn(section(markdown, 'Inputs'))).toEqual(
        inputsOf(engine).map(({ name, default: value, description, required }) => [
          `\`${name}\``,
          required ? 'required' : value === '' ? '–' : `\`${value}\``,
          description,
        ]),
      );
      expect(tableIn(section(markdown, 'Outputs'))).toEqual(
        outputsOf(engine).map(([name, description]) => [`\`${name}\``, description]),
      );
      const variables = tableIn(section(markdown, 'Environment')).map(([name]) => name);
      expect(variables).toEqual(engine.environment.map((name) => `\`${name}\``));
    });
  });
}

it('action.yml takes the inputs and gives the outputs of every engine', () => {
  const { inputs, outputs } = action('action.yml');
  const { engine } = mintInputs;
  expect(inputs[0]).toEqual({ name: 'engine', description: engine.description, default: '', required: true });
  expect(inputs[1]).toMatchObject({ name: 'root', required: true });
  const own = engines.flatMap((each) => Object.keys(each.inputs));
  const { engine: _, ...common } = mintInputs;
  expect(inputs.slice(1).map(({ name }) => name)).toEqual([...new Set(['root', ...own, ...Object.keys(common)])]);
  expect(outputs.map(([name]) => name)).toEqual([
    ...new Set(engines.flatMap((each) => outputsOf(each)).map(([name]) => name)),
  ]);

  // Where engines word the same name differently, this file may have words of its own.
  const expected = engines.flatMap((each) => inputsOf(each));
  for (const input of inputs.slice(1)) {
    const wordings = expected.filter(({ name }) => name === input.name);
    const same = wordings.every(({ description }) => description === wordings[0]?.description);
    expect(input).toMatchObject(same ? { ...wordings[0] } : { default: wordings[0]?.default });
  }
  for (const [name, description] of outputs) {
    const wordings = new Set(
      engines.flatMap((each) => outputsOf(each).flatMap(([n, text]) => (n === name ? text : []))),
    );
    if (wordings.size === 1) expect([...wordings]).toEqual([description]);
  }
});

/** An action that works on a target of any engine: it takes what `own` says, and of the engines what is named for it. */
function inputsOfAny(of: 'sweep' | 'rotate-root', own: InputTable): Told[] {
  const { engine, ...rest } = own;
  const taken = engines.flatMap((each) =>
    Object.entries(each.inputs).filter(([name]) => (each.inputsOf[of] as string[]).includes(name)),
  );
  // Where engines word the same name differently, the first one's words stand.
  const all = new Map<string, Partial<Input<unknown>>>([
    ['engine', engine ?? {}],
    ['root', {}],
  ]);
  for (const [name, input] of [...taken, ...Object.entries(rest)]) if (!all.has(name)) all.set(name, input);
  return [...all].map(([name, { description = '', default: value = '' }]) => ({
    name,
    description: name === 'root' ? rootOfAny : description,
    default: value,
    required: name === 'engine' || required.has(`${of} ${name}`),
  }));
}

/** What has no default in one of these actions. */
const required = new Set(['rotate-root secret-name', 'rotate-root github-token']);

const rootOfAny =
  'Root credential, as the engine takes it. Several may be given, one per line: the first that the target accepts is used.';

describe.each([
  { name: 'sweep', inputs: sweepInputs, outputs: sweepOutputs },
  { name: 'rotate-root', inputs: rotateRootInputs, outputs: rotateRootOutputs },
] as const)('actions/$name and its reusable workflow', ({ name, inputs, outputs }) => {
  it('agree with the code', () => {
    const written = action(`actions/${name}/action.yml`);
    expect(written.inputs).toEqual(inputsOfAny(name, inputs));
    expect(written.outputs).toEqual(Object.entries(outputs));
  });

  it(`docs/${name}.md agrees with the code`, () => {
    const markdown = read(`docs/${name}.md`);
    expect(tableIn(section(markdown, 'Inputs'))).toEqual(
      inputsOfAny(name, inputs).map((input) => [
        `\`${input.name}\``,
        input.required ? 'required' : input.default === '' ? '–' : `\`${input.default}\``,
        input.description,
      ]),
    );
    expect(tableIn(section(markdown, 'Outputs'))).toEqual(
      Object.entries(outputs).map(([output, description]) => [`\`${output}\``, description]),
    );
  });

  it('the workflow hands on every input and every secret', () => {
    const text = read(`.github/workflows/${name}.yml`);
    for (const each of inputsOfAny(name, inputs)) {
      if (stepInputs.has(each.name)) continue;
      const source = secretInputs.has(each.name) ? 'secrets' : 'inputs';
      expect(text).toMatch(new RegExp(`^ {10}${each.name}: \\$\\{\\{ ${source}\\.${each.name}\\b`, 'm'));
    }
  });
});

describe('error texts', () => {
  const pages = filesBelow('docs', '.md').map((path) => read(path));
  const spans = pages.flatMap((markdown) => codeSpans(section(markdown, 'Troubleshooting')));
  const texts = filesBelow('src', '.ts').flatMap((path) =>
    errorTexts(read(path)).map(({ text, pattern }) => ({ path, text, pattern })),
  );

  it('are found in the sources', () => {
    // A change in how errors are written must not silence the test below.
    expect(texts.length).toBeGreaterThan(40);
    expect(texts.map(({ text }) => text)).toContain('there is no role …');
    expect(texts.map(({ text }) => text)).toContain('nothing accepts connections at …');
  });

  it('each stand in a troubleshooting section', () => {
    const missing = texts.filter(({ pattern }) => !spans.some((span) => pattern.test(span)));
    expect(missing.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });
});

describe('references', () => {
  const pages = filesBelow('.', '.md');

  it.each(pages)('%s: every relative link leads somewhere', (page) => {
    const broken = linksIn(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !slugs(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each([...filesBelow('.github', '.yml'), ...filesBelow('examples', '.yml')])('%s: every use is pinned', (path) => {
    const uses = [...read(path).matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].map(([, value = '']) => value.trim());
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d[\w.]*$/;
    const ours = /^(?:OWNER\/joblease(?:\/[\w./-]+)?@v\d+|\.\/\S*|\$\/\S+)$/;
    expect(uses.filter((value) => !pinned.test(value) && !ours.test(value))).toEqual([]);
  });
});
