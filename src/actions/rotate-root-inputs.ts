import type { EngineDeclaration } from '../engines/engine.ts';
import { engineInput, engines } from '../engines/registry.ts';
import type { SecretPlace } from '../github/secret-routes.ts';
import { parseDuration } from '../lease/duration.ts';
import { UserError } from '../lease/errors.ts';
import { flag, integer, required, text, type Input, type Inputs, type OutputTable } from '../lease/inputs.ts';
import { leastRootPassword } from '../engines/login/password.ts';

const secretName: Input<string> = {
  description: 'Name of the secret that "root" comes from, and that gets the new value.',
  required: true,
  parse(value, name) {
    if (/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(value)) return value;
    throw new UserError(value === '' ? 'it is empty' : `${JSON.stringify(value)} is no name of a secret`, {
      input: name,
      fix: 'Give the name as it stands in the workflow, such as BILLING_DB_ROOT.',
    });
  },
};

type SecretScope =
  | { readonly scope: 'repository' }
  | { readonly scope: 'organization' }
  | { readonly scope: 'environment'; readonly environment: string };

const secretScope: Input<SecretScope> = {
  description: 'Where the secret is: "repository", "environment:<name>" or "organization".',
  default: 'repository',
  parse(value, name) {
    if (value === 'repository' || value === 'organization') return { scope: value };
    const environment = /^environment:\s*(.+)$/.exec(value)?.[1];
    if (environment !== undefined && !/^\.{1,2}$/.test(environment)) return { scope: 'environment', environment };
    throw new UserError(`${JSON.stringify(value)} is no place of secrets`, {
      input: name,
      fix: 'Write repository, environment:<name> or organization.',
    });
  },
};

const repository: Input<string> = {
  description: 'Repository, owner/name, that has the secret or the environment. Default: the current one.',
  parse(value, name) {
    if (value === '' || /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(value)) return value;
    throw new UserError(`${JSON.stringify(value)} is no repository`, { input: name, fix: 'Write owner/name.' });
  },
};

const organization: Input<string> = {
  description: 'Organization that has the secret. Default: the owner of the current repository.',
  parse(value, name) {
    if (/^[\w-]*$/.test(value)) return value;
    throw new UserError(`${JSON.stringify(value)} is no organization`, { input: name });
  },
};

/** Where an engine has none of its own. */
const usualOverlap = '7d';

const overlaps = [
  ...engines.flatMap((each) => (each.overlap === undefined ? [] : `${each.overlap} for ${each.name}`)),
  `${usualOverlap} otherwise`,
];

const overlap: Input<number | undefined> = {
  description: `How long a replaced root goes on at least, because jobs that are queued were given it. 0 when root leaked. Default: ${overlaps.join(', ')}.`,
  parse: (value, name) => (value === '' ? undefined : parseDuration(value, name, 0)),
};

/** The inputs of a rotation, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
export const rotateRootInputs = {
  engine: engineInput('What root belongs to'),
  'secret-name': secretName,
  'secret-scope': secretScope,
  repository,
  organization,
  'github-token': required(
    text(
      'Token that may write the secret: of a GitHub App, or a fine-grained one. The token of the job cannot write secrets.',
    ),
  ),
  'job-token': text('Tells the token of the job from yours. Leave it at its default.', '${{ github.token }}'),
  overlap,
  'password-length': integer('Characters of a generated password.', 43, [leastRootPassword, 128]),
  'dry-run': flag('Try everything that can be tried without a change, and say what would be done.', false),
};

/** Its outputs. */
export const rotateRootOutputs: OutputTable = {
  rotated: {
    description: 'Whether the secret now begins with a new credential: true or false.',
    type: 'boolean',
  },
  active: 'Which identity comes first in the secret: a user name, or the id of an access key. Not a secret.',
  retired: 'Whose replaced credentials ended by this run, in words; one per line.',
  'next-due':
    'From when on the next rotation has something to do (RFC 3339): a time that is over means now; empty when there is never anything.',
};

export type RotateRootInputs = Inputs<typeof rotateRootInputs>;

/** @throws UserError when the token cannot write a secret, which shows without asking GitHub */
export function checkToken(inputs: RotateRootInputs): void {
  const fix =
    'Give an installation token of a GitHub App, or a fine-grained token: see "The token" in docs/rotate-root.md.';
  if (inputs['github-token'] === '') throw new UserError('it is empty', { input: 'github-token', fix });
  if (inputs['github-token'] !== inputs['job-token']) return;
  throw new UserError('it is the token of the job, which cannot write secrets, whatever "permissions:" says', {
    input: 'github-token',
    fix,
  });
}

/** @returns seconds */
export function overlapFor(engine: EngineDeclaration, given: number | undefined): number {
  return given ?? parseDuration(engine.overlap ?? usualOverlap, 'overlap');
}

/** @param current `owner/name` of the repository that the job belongs to */
export function secretPlace(inputs: RotateRootInputs, current: string): SecretPlace {
  const name = inputs['secret-name'];
  const place = inputs['secret-scope'];
  if (place.scope === 'organization') {
    const [owner = ''] = current.split('/');
    return { ...place, name, organization: inputs.organization === '' ? owner : inputs.organization };
  }
  return { ...place, name, repository: inputs.repository === '' ? current : inputs.repository };
}
