import { UserError } from '../../lease/errors.ts';
import { flag, list, mintOnly, text, type Input, type Inputs } from '../../lease/inputs.ts';

/** Vault's names for what is minted. */
export type CredentialType = 'assumed_role' | 'iam_user' | 'federation_token' | 'session_token';

const credentialTypes: readonly string[] = [
  'assumed_role',
  'iam_user',
  'federation_token',
  'session_token',
] satisfies CredentialType[];

const credentialType: Input<CredentialType> = {
  description:
    'What to mint: "assumed_role" a session of a role, "iam_user" a user with an access key, "federation_token" or "session_token" a session of the root user.',
  default: 'assumed_role',
  type: { oneOf: credentialTypes },
  parse(value, name) {
    if (credentialTypes.includes(value)) return value as CredentialType;
    throw new UserError(`${JSON.stringify(value)} is not a credential type`, {
      input: name,
      fix: `The types are: ${credentialTypes.join(', ')}.`,
    });
  },
};

const userPath: Input<string> = {
  description: 'Path of minted users: begins and ends with "/". The root policy is scoped to it.',
  default: '/joblease/',
  parse(value, name) {
    if (value.length <= 512 && /^\/(?:[\w+=,.@-]+\/)+$/.test(value)) return value;
    throw new UserError(`${JSON.stringify(value)} cannot be the path of minted users`, {
      input: name,
      fix: 'Write it like /joblease/: a path of their own keeps minted users apart from all others.',
    });
  },
};

const externalId: Input<string> = {
  description: "External id that the role's trust policy asks for.",
  parse(value, name) {
    if (value === '' || /^[\w+=,.@:/-]{2,1224}$/.test(value)) return value;
    throw new UserError('AWS takes no such external id', {
      input: name,
      fix: 'It has 2 to 1,224 letters, digits and _+=,.@:/-.',
    });
  },
};

/** Never empty: an earlier step may have changed the environment when post reads it, which therefore goes by main's. */
const region: Input<string> = {
  description: 'Region of STS and of the outputs. Default: AWS_REGION or AWS_DEFAULT_REGION, else us-east-1.',
  parse(value, name) {
    const { AWS_REGION = '', AWS_DEFAULT_REGION = '' } = process.env;
    const candidates = { [name]: value, AWS_REGION, AWS_DEFAULT_REGION };
    const [from, found] = Object.entries(candidates).find(([, each]) => each !== '') ?? [name, 'us-east-1'];
    if (found.length <= 32 && /^[a-z]+(?:-[a-z\d]+)*$/.test(found)) return found;
    const where = from === name ? '' : `, and it comes from the variable ${from}`;
    throw new UserError(`${JSON.stringify(found)} is not a region${where}`, {
      input: name,
      fix: 'Write it like us-east-1.',
      untouched: true,
    });
  },
};

/** The inputs of the AWS engine, beside those that every engine has. */
export const awsInputs = {
  'credential-type': credentialType,
  'oidc-role-arn': arn(
    'role',
    'Role to assume with the job\'s OIDC token, in place of "root"; needs "permissions: id-token: write". For "assumed_role" without another "role-arn" it is the credential itself.',
  ),
  'oidc-audience': text('Audience of the OIDC token.', 'sts.amazonaws.com'),
  'role-arn': arn('role', 'Role to assume, for "assumed_role".'),
  'role-session-name': text(
    'Name of the session in CloudTrail, for "assumed_role". {{name}} stands for the principal, which is unique.',
    '{{name}}',
  ),
  'external-id': mintOnly(externalId),
  'session-tags': mintOnly(pairs('Session tags, one key=value a line, for "assumed_role".', 50)),
  'policy-document': text('Policy as JSON: session policy of a session, inline policy of an "iam_user".'),
  'policy-arns': arns(
    'Managed policies, separated by commas or lines: session policies, or attached to an "iam_user".',
  ),
  'policy-as-managed': flag(
    'Make "policy-document" of an "iam_user" a managed policy of its own, for one that is too large to be inline; revoked with the user.',
    false,
  ),
  'iam-groups': list('Groups, separated by commas or lines, that an "iam_user" becomes a member of.'),
  'permissions-boundary-arn': arn('policy', 'Permissions boundary of an "iam_user".'),
  'iam-tags': mintOnly(pairs('Tags of an "iam_user", one key=value a line, beside those that hold the lease.', 30)),
  'user-path': userPath,
  'allow-role-chaining': flag(
    'Whether what is minted may assume roles, whose sessions outlive it: an "iam_user", or an "assumed_role" session that is narrowed by a policy, shorter than 15 minutes, or to be revoked.',
    false,
  ),
  'revoke-sessions': flag(
    'Revoke an "assumed_role" session by a Deny for it alone on the role; root then needs iam:PutRolePolicy there.',
    false,
  ),
  region,
  'iam-endpoint': text("URL of IAM, if not AWS's own."),
  'sts-endpoint': text("URL of STS, if not AWS's own."),
};

export type AwsConfig = Inputs<typeof awsInputs>;

function wrong(input: string, problem: string, fix: string): never {
  throw new UserError(problem, { input, fix, untouched: true });
}

/** @throws UserError for inputs that do not go together; the target has not been asked yet */
export function checkConfig(config: AwsConfig, ttl: number): void {
  const type = config['credential-type'];
  const only = (input: keyof AwsConfig, types: readonly CredentialType[]): void => {
    const value = config[input];
    const isSet = typeof value === 'object' ? Object.keys(value).length > 0 : value !== defaultOf(input);
    if (!isSet || types.includes(type)) return;
    throw new UserError(`it has no meaning for "${type}"`, {
      input,
      fix: `It is for ${types.join(' and ')}.`,
      untouched: true,
    });
  };
  for (const input of ['role-arn', 'external-id', 'session-tags', 'revoke-sessions'] as const)
    only(input, ['assumed_role']);
  for (const input of ['policy-as-managed', 'iam-groups', 'permissions-boundary-arn', 'iam-tags', 'user-path'] as const)
    only(input, ['iam_user']);
  only('allow-role-chaining', ['assumed_role', 'iam_user']);
  for (const input of ['policy-document', 'policy-arns'] as const)
    only(input, ['assumed_role', 'iam_user', 'federation_token']);

  if (type === 'assumed_role' && config['role-arn'] === '' && config['oidc-role-arn'] === '') {
    wrong('role-arn', 'it is empty', 'Name the role to assume, or the role for the OIDC token in "oidc-role-arn".');
  }
  if (type === 'federation_token' && config['policy-document'] === '' && config['policy-arns'].length === 0) {
    wrong(
      'policy-document',
      'a federation token without a policy may do nothing',
      'Give "policy-document" or "policy-arns".',
    );
  }
  const most = type === 'iam_user' ? 20 : 10;
  if (config['policy-arns'].length > most) {
    wrong('policy-arns', `they are ${config['policy-arns'].length}, and AWS takes ${most} at most`, 'Name fewer.');
  }
  if (config['policy-as-managed'] && config['policy-document'] === '') {
    wrong('policy-as-managed', 'there is no policy to make one of', 'Give "policy-document", or leave it out.');
  }
  if (config['revoke-sessions'] && !config['role-session-name'].includes('{{name}}')) {
    wrong(
      'role-session-name',
      'it names more than one session, so none can be revoked by it',
      'Put {{name}} into it, or leave it out.',
    );
  }
  const longest = { assumed_role: 43_200, federation_token: 129_600, session_token: 129_600, iam_user: Infinity }[type];
  if (ttl > longest)
    wrong('ttl', `AWS gives a credential of type "${type}" for at most ${longest / 3600} hours`, 'Ask for less.');
  if (type === 'session_token' && ttl < 900)
    wrong('ttl', 'a session token lives for at least 15 minutes', 'Ask for more, or mint another type.');
}

function defaultOf(input: keyof AwsConfig): unknown {
  const declared = awsInputs[input];
  return declared.parse(declared.default ?? '', input);
}

function arn(resource: 'role' | 'policy', description: string): Input<string> {
  return { description, parse: (value, name) => (value === '' ? '' : parseArn(value, name, resource)) };
}

function arns(description: string): Input<string[]> {
  const names = list(description);
  return {
    ...names,
    parse: (value, name) => names.parse(value, name).map((each) => parseArn(each, name, 'policy')),
  };
}

function parseArn(value: string, input: string, resource: 'role' | 'policy'): string {
  if (new RegExp(String.raw`^arn:aws[\w-]*:iam::(?:\d{12}|aws):${resource}/[\w+=,.@/-]+$`).test(value)) return value;
  throw new UserError(`${JSON.stringify(value)} is not the ARN of a ${resource}`, {
    input,
    fix: `Write it like arn:aws:iam::123456789012:${resource}/name.`,
  });
}

/** Tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function pairs(description: string, most: number): Input<Readonly<Record<string, string>>> {
  return {
    description,
    type: { separator: '\n' },
    parse(value, input) {
      const lines = value
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const entries = lines.map((line): [string, string] => {
        const [, key, text_] =
          /^([\p{L}\p{Z}\p{N}_.:/+\-@]{1,128}?)\s*=\s*([\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256})$/u.exec(line) ?? [];
        if (key === undefined || text_ === undefined || /^(?:aws:|joblease:)/i.test(key)) {
          throw new UserError(`${JSON.stringify(line)} is not a tag`, {
            input,
            fix: 'Write key=value, with letters, digits, spaces and _.:/=+-@; keys do not begin with "aws:" or "joblease:".',
          });
        }
        return [key, text_];
      });
      if (entries.length > most)
        throw new UserError(`there are ${entries.length} tags, and at most ${most} fit`, { input });
      return Object.fromEntries(entries);
    },
  };
}
