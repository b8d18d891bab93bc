import { engineInput } from '../engines/registry.ts';
import { formatDuration } from '../lease/duration.ts';
import { UserError } from '../lease/errors.ts';
import { duration, flag, parseInputs, type Input, type Inputs, type OutputTable } from '../lease/inputs.ts';
import { parseRoleLabel } from '../lease/name.ts';

const role: Input<string> = {
  description: 'A label for the lease: it appears in its name, its id and its record.',
  default: 'job',
  parse: parseRoleLabel,
};

const checkRunId: Input<number> = {
  description: 'Identifies the job on GitHub. Leave it at its default.',
  default: '${{ job.check_run_id }}',
  type: 'integer',
  // GitHub Enterprise Server knows no check_run_id: the default is then empty, and the run and its attempt must do.
  parse: (value) => (/^\d{1,15}$/.test(value) ? Number(value) : 0),
};

/** The inputs that minting has in every engine, beside `root`. */
export const mintInputs = {
  engine: engineInput('What to mint on'),
  role,
  ttl: duration('How long the credential lives: 90s, 30m, 1h30m, 1d or seconds.', '1h'),
  'max-ttl': duration('The most that "ttl" and all renewals together may come to.', '24h'),
  'export-env': flag('Also set environment variables for all later steps of the job.', false),
  verify: flag('Log in with the credential before handing it out.', true),
  revoke: flag('Revoke the credential in the post step, when the job ends.', true),
  'fail-on-revoke-error': flag('Fail the job, rather than warn, when the credential could not be revoked.', false),
  'check-run-id': checkRunId,
};

/** The outputs that it has in every engine. */
export const mintOutputs: OutputTable = {
  'lease-id': 'Id of the lease: <engine>/<role>/<principal>. Not a secret.',
  principal: 'Name of the minted account. Not a secret.',
  'expires-at': "When the credential ends by itself, by the target's clock (RFC 3339).",
  'expiry-class': {
    description: 'What ends then: "full" logins and sessions, "login" logins only, "sweep" nothing.',
    type: { oneOf: ['full', 'login', 'sweep'] },
  },
};

/** With less than this a person may have meant minutes, not seconds. */
const leastTtlSeconds = 60;

/** @returns a warning about inputs that are not wrong; `''` when there is none */
export function doubtOf({ ttl }: Pick<Inputs<typeof mintInputs>, 'ttl'>): string {
  if (ttl >= leastTtlSeconds) return '';
  return `Input "ttl": the credential lives for ${formatDuration(ttl)} only. A number alone counts seconds: write 5m for five minutes.`;
}

/** @throws UserError for the first input that is wrong */
export function readMintInputs(read: (name: string) => string): Inputs<typeof mintInputs> {
  const inputs = parseInputs(mintInputs, read);
  if (inputs.ttl > inputs['max-ttl']) {
    throw new UserError(
      `${formatDuration(inputs.ttl)} is above "max-ttl", which is ${formatDuration(inputs['max-ttl'])}`,
      {
        input: 'ttl',
      },
    );
  }
  return inputs;
}
