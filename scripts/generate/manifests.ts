/** What stands in an action's directory: action.yml, and action-types.yml for editors and generators of code. */
import { join, relative } from 'node:path';
import type { Action, Value } from './actions.ts';
import { mapped, plain, quoted, yamlFile } from './yaml.ts';

const origin = '# Written by `npm run build` from the declarations in src/; change those.\n';

export async function manifest(action: Action): Promise<string> {
  const { directory, name, description, branding, inputs, outputs, runs } = action;
  return await yamlFile(
    origin,
    plain({ name, description, author: 'The joblease authors', ...(branding && { branding }) }),
    quoted({ inputs: mapped(inputs, toldInput), outputs: mapped(outputs, toldOutput) }),
    plain({ runs: { using: 'node24', ...mapped(runs, (entry) => join(relative(directory, 'dist'), `${entry}.js`)) } }),
  );
}

function toldInput({ description, default: value, required }: Value): object {
  return { description, ...(required && { required }), ...(value !== undefined && { default: value }) };
}

function toldOutput({ description }: Value): object {
  return { description };
}

export async function types({ inputs, outputs }: Action): Promise<string> {
  return await yamlFile(
    origin,
    '# The types: https://github.com/typesafegithub/github-actions-typing\n',
    plain({ inputs: mapped(inputs, typing), outputs: mapped(outputs, typing) }),
  );
}

function typing({ type = 'string' }: Value): object {
  if (typeof type === 'string') return { type };
  if ('oneOf' in type) return { type: 'enum', 'allowed-values': type.oneOf };
  return { type: 'list', separator: type.separator, 'list-item': { type: 'string' } };
}
