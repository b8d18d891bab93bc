/** STS, with the bounds and error texts of its API reference: https://docs.aws.amazon.com/STS/latest/APIReference/ */
import { verify } from 'node:crypto';
import type { Account, Caller, Role, Session } from './account.ts';
import { AwsError, validationError } from './errors.ts';
import type { Action } from './iam.ts';
import type { Parameters } from './parameters.ts';
import { checkPolicyText, grants, parsePolicy, trusts, type PolicyDocument } from './policy.ts';
import type { Xml } from './xml.ts';

type Operation = (account: Account, parameters: Parameters, caller: Caller) => Action;

const chainingLimit = 3600;

/** Operations that take a signed request. */
export const stsOperations: Readonly<Record<string, Operation>> = {
  // No policy can deny it.
  GetCallerIdentity: (account, _parameters, { arn, userId }) => ({
    needs: [],
    run: () => ({ Arn: arn, UserId: userId, Account: account.id }),
  }),

  AssumeRole(account, parameters, caller) {
    const arn = readArn(parameters, 'RoleArn');
    const name = sessionName(parameters);
    const seconds = parameters.integer('DurationSeconds', [900, 43_200], 3600);
    const session = sessionPolicies(account, parameters);
    const tags = Object.fromEntries(parameters.tags());
    const externalId = readExternalId(parameters);
    const role = findRole(account, arn);
    const principals = [
      `AWS:${caller.arn}`,
      `AWS:${account.arn('root')}`,
      ...(caller.kind === 'role' ? [`AWS:${roleArnOf(account, caller)}`] : []),
    ];
    const context = {
      ...(externalId === undefined ? {} : { 'sts:externalid': [externalId] }),
      ...Object.fromEntries(
        Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key}`.toLowerCase(), [value]]),
      ),
    };
    const actions = Object.keys(tags).length > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
    return {
      // Where the trust policy names the account, the caller's own policies decide; where it names the caller, it does.
      needs: actions.map((action) => ({
        action,
        resource: arn,
        context,
        granted: role !== undefined && grants(role.trust, `AWS:${caller.arn}`, { action, resource: arn, context }),
      })),
      run() {
        for (const action of actions) {
          if (role === undefined || !trusts(role.trust, principals, { action, resource: arn, context })) {
            throw accessDenied(caller.arn, action, arn);
          }
        }
        if (role === undefined) throw accessDenied(caller.arn, 'sts:AssumeRole', arn);
        if (caller.kind === 'role' && seconds > chainingLimit) {
          throw new AwsError(
            'ValidationError',
            'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
          );
        }
        return assume(account, role, { name, seconds, session, tags });
      },
    };
  },

  GetFederationToken(account, parameters, caller) {
    const name = parameters.required('Name');
    if (!/^[\w+=,.@-]{2,32}$/.test(name))
      throw validationError(name, 'name', 'Member must have length less than or equal to 32');
    const seconds = parameters.integer('DurationSeconds', [900, 129_600], 43_200);
    const session = sessionPolicies(account, parameters);
    return {
      needs: [{ action: 'sts:GetFederationToken', resource: `arn:aws:sts::${account.id}:federated-user/${name}` }],
      run() {
        const owner = longTermUser(caller, 'GetFederationToken');
        const federated = account.addSession({
          kind: 'federated',
          owner,
          arn: `arn:aws:sts::${account.id}:federated-user/${name}`,
          userId: `${account.id}:${name}`,
          expires: account.now() + seconds * 1000,
          // Without a policy of its own a federated user may do nothing.
          session: session ?? [],
          tags: {},
        });
        return {
          Credentials: describeCredentials(federated),
          FederatedUser: { FederatedUserId: federated.userId, Arn: federated.arn },
        };
      },
    };
  },

  GetSessionToken: (account, parameters, caller) => ({
    needs: [],
    run() {
      const owner = longTermUser(caller, 'GetSessionToken');
      const seconds = parameters.integer('DurationSeconds', [900, 129_600], 43_200);
      const session = account.addSession({
        kind: 'session',
        owner,
        arn: caller.arn,
        userId: caller.userId,
        expires: account.now() + seconds * 1000,
        session: undefined,
        tags: {},
      });
      return { Credentials: describeCredentials(session) };
    },
  }),
};

/** AssumeRoleWithWebIdentity takes an unsigned request: its token is what counts. */
export function assumeRoleWithWebIdentity(account: Account, parameters: Parameters): Xml {
  const arn = readArn(parameters, 'RoleArn');
  const name = sessionName(parameters);
  const seconds = parameters.integer('DurationSeconds', [900, 43_200], 3600);
  const session = sessionPolicies(account, parameters);
  const { issuer, claims } = checkToken(account, parameters.required('WebIdentityToken'));
  const role = findRole(account, arn);
  const context = Object.fromEntries(
    Object.entries(claims).map(([claim, value]) => [`${issuer}:${claim}`.toLowerCase(), [String(value)]]),
  );
  const question = { action: 'sts:AssumeRoleWithWebIdentity', resource: arn, context };
  const principal = `Federated:${account.arn(`oidc-provider/${issuer}`)}`;
  if (role === undefined || !trusts(role.trust, [principal], question)) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  return {
    ...(assume(account, role, { name, seconds, session, tags: {} }) as Record<string, Xml>),
    SubjectFromWebIdentityToken: String(claims['sub']),
    Audience: String(claims['aud']),
    Provider: account.arn(`oidc-provider/${issuer}`),
  };
}

function checkToken(account: Account, token: string): { issuer: string; claims: Record<string, unknown> } {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = decode(payload);
  const issuer = String(claims['iss']).replace(/^https:\/\//, '');
  const key = account.issuers.get(issuer);
  if (key === undefined) {
    throw new AwsError('InvalidIdentityToken', `No OpenIDConnect provider found in your account for https://${issuer}`);
  }
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
    throw new AwsError(
      'InvalidIdentityToken',
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  if (Number(claims['exp']) * 1000 <= account.now()) {
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(account.now() / 1000)} must be before the expiration date/time ${Number(claims['exp'])}`,
    );
  }
  return { issuer, claims };
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    throw new AwsError(
      'InvalidIdentityToken',
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
}

interface AssumeRequest {
  readonly name: string;
  readonly seconds: number;
  readonly session: readonly PolicyDocument[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

function assume(account: Account, role: Role, { name, seconds, session, tags }: AssumeRequest): Xml {
  if (seconds > role.maxSessionDuration) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const assumed = account.addSession({
    kind: 'role',
    owner: role,
    arn: `arn:aws:sts::${account.id}:assumed-role/${role.name}/${name}`,
    userId: `${role.id}:${name}`,
    expires: account.now() + seconds * 1000,
    session,
    tags,
  });
  return {
    Credentials: describeCredentials(assumed),
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    PackedPolicySize: '6',
  };
}

function describeCredentials({ accessKeyId, secret, token, expires }: Session): Xml {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: token,
    Expiration: new Date(expires).toISOString(),
  };
}

function sessionPolicies(account: Account, parameters: Parameters): PolicyDocument[] | undefined {
  const text = parameters.optional('Policy');
  const arns = parameters.members('PolicyArns', 'arn');
  if (text === undefined && arns.length === 0) return undefined;
  if (text !== undefined && text.length > 2048) {
    throw validationError(text, 'policy', 'Member must have length less than or equal to 2048');
  }
  if (text !== undefined) checkPolicyText(text, 'policy');
  if (arns.length > 10)
    throw validationError('policyArns', 'policyArns', 'Member must have length less than or equal to 10');
  const attached = arns.map((arn) => {
    const document = account.managedPolicies.get(arn);
    if (document === undefined)
      throw new AwsError('MalformedPolicyDocument', `Policy ${arn} does not exist or is not attachable.`);
    return document;
  });
  return [...(text === undefined ? [] : [parsePolicy(text)]), ...attached];
}

function sessionName(parameters: Parameters): string {
  const name = parameters.required('RoleSessionName');
  if (!/^[\w+=,.@-]*$/.test(name)) {
    throw validationError(
      name,
      'roleSessionName',
      String.raw`Member must satisfy regular expression pattern: [\w+=,.@-]*`,
    );
  }
  if (name.length < 2)
    throw validationError(name, 'roleSessionName', 'Member must have length greater than or equal to 2');
  if (name.length > 64)
    throw validationError(name, 'roleSessionName', 'Member must have length less than or equal to 64');
  return name;
}

function readExternalId(parameters: Parameters): string | undefined {
  const id = parameters.optional('ExternalId');
  if (id === undefined || /^[\w+=,.@:/-]{2,1224}$/.test(id)) return id;
  throw validationError(id, 'externalId', String.raw`Member must satisfy regular expression pattern: [\w+=,.@:\/-]*`);
}

function readArn(parameters: Parameters, name: string): string {
  const arn = parameters.required(name);
  if (arn.length < 20) throw validationError(arn, 'roleArn', 'Member must have length greater than or equal to 20');
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(arn)) throw new AwsError('ValidationError', `${arn} is invalid`);
  return arn;
}

function findRole(account: Account, arn: string): Role | undefined {
  return [...account.roles.values()].find(({ name }) => account.arn(`role/${name}`) === arn);
}

function roleArnOf(account: Account, { arn }: Caller): string {
  return account.arn(`role/${arn.split('/')[1] ?? ''}`);
}

function longTermUser(caller: Caller, action: string): NonNullable<Caller['user']> {
  if (caller.kind !== 'user' || caller.user === undefined) {
    throw new AwsError('AccessDenied', `Cannot call ${action} with session credentials`, 403);
  }
  return caller.user;
}

function accessDenied(arn: string, action: string, resource: string): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}`,
    403,
  );
}
