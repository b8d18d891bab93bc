/** The tables of the README and the docs. */
import { abilities, type Ability, type EngineDeclaration } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/registry.ts';
import { lastRelease, repository } from '../release/repository.ts';
import { anyEngine, mintAction, rotateRoot, sweep, type Action, type ValueTable } from './actions.ts';

type Regions = Readonly<Record<string, string>>;

const troubleshooting = engines.map(({ name }) => `[docs/${name}.md](${name}.md#troubleshooting)`).join(', ');

/** Regions by the page's path. */
export const pages: Readonly<Record<string, Regions>> = {
  'README.md': { engines: engineTable(), release: newestRelease(), inputs: inputTable(anyEngine.inputs) },
  ...Object.fromEntries(engines.map((engine) => [`docs/${engine.name}.md`, enginePage(engine)])),
  'docs/sweep.md': { ...actionPage(sweep), engines: `${troubleshooting}\n` },
  'docs/rotate-root.md': { ...actionPage(rotateRoot), engines: `${troubleshooting}\n` },
};

function engineTable(): string {
  return table(
    ['Engine', 'Action', 'What it mints'],
    engines.map(({ name, about }) => [about.versions, `[\`actions/${name}\`](docs/${name}.md)`, about.mints]),
  );
}

function newestRelease(): string {
  const release = lastRelease();
  if (release === undefined) return 'There is no release yet ([CHANGELOG.md](CHANGELOG.md)).\n';
  const { version, commit } = release;
  const page = `https://github.com/${repository()}/releases/tag/v${version}`;
  return `Newest release: [${version}](${page}), commit \`${commit}\`. [What changed](CHANGELOG.md), [how to verify it](docs/security.md#verify-a-release).\n`;
}

export function enginePage(engine: EngineDeclaration): Regions {
  const { inputs, outputs } = mintAction(engine);
  const { engine: _, ...given } = inputs;
  const environment = Object.entries(engine.environment).map(([name, value]) => [`\`${name}\``, value]);
  return {
    inputs: inputTable(given),
    outputs: outputTable(outputs),
    environment: table(['Variable', 'Value'], environment),
    abilities: abilityTable(engine),
  };
}

function abilityTable({ about, limits = {} }: EngineDeclaration): string {
  const rows = Object.entries(abilities).map(([ability, what]) => {
    const limit = limits[ability as Ability];
    if (limit === undefined) return [what, 'yes'];
    return [what, escaped(`${limit.of === undefined ? 'no' : `not for ${limit.of}`}: ${limit.why}`)];
  });
  return table([`${about.title} can`, ''], rows);
}

function actionPage({ inputs, outputs }: Action): Regions {
  return { inputs: inputTable(inputs), outputs: outputTable(outputs) };
}

function inputTable(inputs: ValueTable): string {
  const rows = Object.entries(inputs).map(([name, { default: value = '', required, description }]) => {
    const fallback = required === true ? 'required' : value === '' ? '–' : `\`${value}\``;
    return [`\`${name}\``, fallback, escaped(description)];
  });
  return table(['Input', 'Default', 'Description'], rows);
}

function outputTable(outputs: ValueTable): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, escaped(description)]);
  return table(['Output', 'Description'], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header.join(' | '), header.map(() => '---').join('|'), ...rows.map((row) => row.join(' | '))];
  return lines.map((line) => (line.startsWith('---') ? `|${line}|\n` : `| ${line} |\n`)).join('');
}

/** Text that is not Markdown. */
function escaped(text: string): string {
  return text.replaceAll(/[<|]/g, String.raw`\$&`);
}
