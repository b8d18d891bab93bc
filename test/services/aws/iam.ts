/**
 * The part of IAM that deals with users, with policies of their own and with the inline policies of roles, with the limits of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and the errors of the API reference.
 */
import type { Account, Caller, ObstacleKind, Role, User } from './account.ts';
import { AwsError, limitExceeded, noSuchEntity, validationError } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { checkPolicyText, parsePolicy } from './policy.ts';
import type { Xml } from './xml.ts';

/** What one request needs permission for, and what it then does. */
export interface Action {
  /** every action and resource that the caller must be allowed; usually one */
  readonly needs: readonly Need[];
  run(): Xml;
}

export interface Need {
  readonly action: string;
  readonly resource: string;
  /** as error texts call the resource; the ARN unless it does not exist */
  readonly shown?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
  /** a policy of the resource's names the caller itself: only a Deny counts then */
  readonly granted?: boolean;
}

type Operation = (account: Account, parameters: Parameters, caller: Caller) => Action;

const limits = { userInline: 2048, roleInline: 10_240, managed: 6144, keys: 2, groups: 10, attached: 10, users: 5000 };

export const iamOperations: Readonly<Record<string, Operation>> = {
  CreateUser(account, parameters) {
    const name = parameters.name('UserName');
    const path = readPath(parameters.optional('Path'));
    const boundary = parameters.optional('PermissionsBoundary');
    const tags = parameters.tags();
    const resource = account.arn(`user${path}${name}`);
    const context = {
      ...requestTags(tags),
      ...(boundary === undefined ? {} : { 'iam:permissionsboundary': [boundary] }),
    };
    const needs = [{ action: 'iam:CreateUser', resource, context }];
    if (tags.size > 0) needs.push({ action: 'iam:TagUser', resource, context });
    return {
      needs,
      run() {
        if (account.findUser(name) !== undefined) {
          throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
        }
        if (account.users.size >= limits.users)
          throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${limits.users}`);
        if (boundary !== undefined && !account.managedPolicies.has(boundary)) {
          throw noSuchEntity(`Scope ARN: ${boundary} does not exist or is not attachable.`);
        }
        const user = account.addUser(name, {
          path,
          tags: Object.fromEntries(tags),
          ...(boundary === undefined ? {} : { boundary }),
        });
        return { User: { ...describeUser(account, user), Tags: describeTags(user) } };
      },
    };
  },

  GetUser: onUser('iam:GetUser', (account, user) => ({
    User: { ...describeUser(account, user), Tags: describeTags(user) },
  })),

  DeleteUser: onUser('iam:DeleteUser', (account, user) => {
    const reason = obstacleTo(user);
    if (reason !== undefined) throw new AwsError('DeleteConflict', `Cannot delete entity, must ${reason} first.`, 409);
    account.removeUser(user);
    return {};
  }),

  ListUsers(account, parameters) {
    const prefix = parameters.optional('PathPrefix') ?? '/';
    return {
      // There is no narrower resource for it, as the page says that ListPolicies names below.
      needs: [{ action: 'iam:ListUsers', resource: '*' }],
      run() {
        const users = account
          .listedUsers()
          .filter(({ path }) => path.startsWith(prefix))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        return paged('Users', users, parameters, (user) => describeUser(account, user));
      },
    };
  },

  TagUser: onUser(
    'iam:TagUser',
    (_account, user, parameters) => {
      for (const [key, value] of parameters.tags()) user.tags.set(key, value);
      if (user.tags.size > 50) throw limitExceeded('The number of tags has reached the maximum limit.');
      return {};
    },
    (parameters) => requestTags(parameters.tags()),
  ),

  ListUserTags: onUser('iam:ListUserTags', (_account, user) => ({ IsTruncated: 'false', Tags: describeTags(user) })),

  PutUserPermissionsBoundary: onUser(
    'iam:PutUserPermissionsBoundary',
    (account, user, parameters) => {
      const boundary = parameters.required('PermissionsBoundary');
      if (!account.managedPolicies.has(boundary)) {
        throw noSuchEntity(`Scope ARN: ${boundary} does not exist or is not attachable.`);
      }
      user.boundary = boundary;
      return {};
    },
    // As in AWS's example of a delegated administrator it is the boundary that is asked for.
    (parameters) => ({ 'iam:permissionsboundary': [parameters.required('PermissionsBoundary')] }),
  ),

  PutUserPolicy: onUser('iam:PutUserPolicy', (_account, user, parameters) => {
    const name = parameters.name('PolicyName', 128);
    putInline(user.inline, name, parameters.required('PolicyDocument'), limits.userInline, `user ${user.name}`);
    return {};
  }),

  GetUserPolicy: onUser('iam:GetUserPolicy', (_account, user, parameters) => {
    const name = parameters.name('PolicyName', 128);
    const document = user.inline.get(name);
    if (document === undefined) throw noSuchEntity(`The user policy with name ${name} cannot be found.`);
    return { UserName: user.name, PolicyName: name, PolicyDocument: encodeURIComponent(document) };
  }),

  DeleteUserPolicy: onUser('iam:DeleteUserPolicy', (_account, user, parameters) => {
    const name = parameters.name('PolicyName', 128);
    if (!user.inline.delete(name)) throw noSuchEntity(`The user policy with name ${name} cannot be found.`);
    return {};
  }),

  ListUserPolicies: onUser('iam:ListUserPolicies', (_account, user, parameters) =>
    paged('PolicyNames', [...user.inline.keys()], parameters, (name) => name),
  ),

  AttachUserPolicy: onUser(
    'iam:AttachUserPolicy',
    (account, user, parameters) => {
      const arn = parameters.required('PolicyArn');
      if (!account.managedPolicies.has(arn)) {
        throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
      }
      if (user.attached.size >= limits.attached && !user.attached.has(arn)) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPerUser: ${limits.attached}`);
      }
      user.attached.add(arn);
      return {};
    },
    policyArn,
  ),

  DetachUserPolicy: onUser(
    'iam:DetachUserPolicy',
    (_account, user, parameters) => {
      const arn = parameters.required('PolicyArn');
      if (!user.attached.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
      return {};
    },
    policyArn,
  ),

  ListAttachedUserPolicies: onUser('iam:ListAttachedUserPolicies', (_account, user, parameters) =>
    paged('AttachedPolicies', [...user.attached], parameters, (arn) => ({
      PolicyName: arn.split('/').at(-1) ?? '',
      PolicyArn: arn,
    })),
  ),

  AddUserToGroup: onGroup('iam:AddUserToGroup', (user, group) => {
    if (user.groups.size >= limits.groups && !user.groups.has(group)) {
      throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${limits.groups}`);
    }
    user.groups.add(group);
  }),

  RemoveUserFromGroup: onGroup('iam:RemoveUserFromGroup', (user, group) => {
    user.groups.delete(group);
  }),

  CreatePolicy(account, parameters) {
    const name = parameters.name('PolicyName', 128);
    const path = readPath(parameters.optional('Path'));
    const arn = account.arn(`policy${path}${name}`);
    return {
      needs: [{ action: 'iam:CreatePolicy', resource: arn }],
      run() {
        if (account.managedPolicies.has(arn))
          throw new AwsError(
            'EntityAlreadyExists',
            `A policy called ${name} already exists. Duplicate names are not allowed.`,
            409,
          );
        const text = parameters.required('PolicyDocument');
        checkPolicyText(text, 'policyDocument');
        const document = parsePolicy(text);
        if (text.replaceAll(/\s/g, '').length > limits.managed)
          throw limitExceeded(`Cannot exceed quota for PolicySize: ${limits.managed}`);
        account.managedPolicies.set(arn, document);
        return { Policy: { PolicyName: name, Path: path, Arn: arn, DefaultVersionId: 'v1', AttachmentCount: '0' } };
      },
    };
  },

  ListPolicies(account, parameters) {
    const prefix = parameters.optional('PathPrefix') ?? '/';
    const isLocal = parameters.optional('Scope') === 'Local';
    return {
      // There is no narrower resource for it:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
      needs: [{ action: 'iam:ListPolicies', resource: '*' }],
      run() {
        if (!isLocal) throw new AwsError('NotImplemented', "AWS's own policies are not listed here", 501);
        const policies = [...account.managedPolicies.keys()]
          .map((arn) => ({ arn, ...pathAndName(arn) }))
          .filter(({ arn, path }) => arn.includes(account.id) && path.startsWith(prefix))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        return paged('Policies', policies, parameters, ({ arn, path, name }) => ({
          PolicyName: name,
          Path: path,
          Arn: arn,
          DefaultVersionId: 'v1',
          AttachmentCount: String([...account.users.values()].filter(({ attached }) => attached.has(arn)).length),
        }));
      },
    };
  },
  DeletePolicy: onPolicy('iam:DeletePolicy', (account, arn) => {
    if ([...account.users.values()].some(({ attached }) => attached.has(arn)))
      throw new AwsError('DeleteConflict', 'Cannot delete a policy attached to entities.', 409);
    if ((account.policyVersions.get(arn)?.size ?? 0) > 0)
      throw new AwsError(
        'DeleteConflict',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        409,
      );
    account.managedPolicies.delete(arn);
    return {};
  }),
  ListPolicyVersions: onPolicy('iam:ListPolicyVersions', (account, arn, parameters) =>
    paged('Versions', ['v1', ...(account.policyVersions.get(arn) ?? [])], parameters, (id) => ({
      VersionId: id,
      IsDefaultVersion: String(id === 'v1'),
      CreateDate: new Date(0).toISOString(),
    })),
  ),
  DeletePolicyVersion: onPolicy('iam:DeletePolicyVersion', (account, arn, parameters) => {
    const id = parameters.required('VersionId');
    if (id === 'v1') throw new AwsError('DeleteConflict', 'Cannot delete the default version of a policy.', 409);
    if (account.policyVersions.get(arn)?.delete(id) !== true)
      throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
    return {};
  }),

  ListGroupsForUser: onUser('iam:ListGroupsForUser', (account, user, parameters) =>
    paged('Groups', [...user.groups], parameters, (name) => ({
      Path: '/',
      GroupName: name,
      GroupId: `AGPA${name.toUpperCase()}`,
      Arn: account.arn(`group/${name}`),
      CreateDate: new Date(0).toISOString(),
    })),
  ),

  CreateAccessKey: onUser('iam:CreateAccessKey', (account, user) => {
    const ghosts = user.ghosts > 0 ? 1 : 0;
    user.ghosts -= ghosts;
    if (user.keys.length + ghosts >= limits.keys)
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${limits.keys}`);
    const key = account.addKey(user);
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: key.id,
        Status: 'Active',
        SecretAccessKey: key.secret,
        CreateDate: new Date(key.created).toISOString(),
      },
    };
  }),

  UpdateAccessKey: onUser('iam:UpdateAccessKey', (_account, user, parameters) => {
    const status = parameters.required('Status');
    if (status !== 'Active' && status !== 'Inactive') {
      throw validationError(status, 'status', 'Member must satisfy enum value set: [Active, Inactive]');
    }
    findKey(user, parameters.required('AccessKeyId')).active = status === 'Active';
    return {};
  }),

  DeleteAccessKey: onUser('iam:DeleteAccessKey', (account, user, parameters) => {
    user.keys.splice(user.keys.indexOf(findKey(user, parameters.required('AccessKeyId'))), 1);
    user.ghosts = account.lag.deletion;
    return {};
  }),

  // The only one on keys that takes no user: the right is needed on the key's owner.
  GetAccessKeyLastUsed(account, parameters, caller) {
    const action = 'iam:GetAccessKeyLastUsed';
    const id = parameters.required('AccessKeyId');
    const { user, key } = account.findKey(id) ?? {};
    if (user === undefined || key === undefined) {
      throw new AwsError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: access key ${id}`,
        403,
      );
    }
    const { used } = key;
    // In whole minutes, like https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html's example.
    const date = used === undefined ? undefined : new Date(used.at - (used.at % 60_000)).toISOString();
    return {
      needs: [{ action, resource: account.userArn(user), context: userContext(user) }],
      run: () => ({
        UserName: user.name,
        AccessKeyLastUsed: {
          ...(date === undefined ? {} : { LastUsedDate: date }),
          ServiceName: used?.service ?? 'N/A',
          Region: used?.region ?? 'N/A',
        },
      }),
    };
  },

  ListAccessKeys: onUser('iam:ListAccessKeys', (_account, user, parameters) => {
    const listed = user.keys.filter((key) => key.unlistedFor-- <= 0);
    return paged('AccessKeyMetadata', listed, parameters, (key) => ({
      UserName: user.name,
      AccessKeyId: key.id,
      Status: key.active ? 'Active' : 'Inactive',
      CreateDate: new Date(key.created).toISOString(),
    }));
  }),

  DeleteLoginProfile: onUser('iam:DeleteLoginProfile', (_account, user) => {
    if (user.obstacles.loginProfile.size === 0)
      throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
    user.obstacles.loginProfile.clear();
    return {};
  }),
  ListSigningCertificates: listObstacles('iam:ListSigningCertificates', 'signingCertificate', 'Certificates', (id) => ({
    CertificateId: id,
    CertificateBody: 'PEM',
    Status: 'Active',
  })),
  DeleteSigningCertificate: deleteObstacle('iam:DeleteSigningCertificate', 'signingCertificate', 'CertificateId'),
  ListSSHPublicKeys: listObstacles('iam:ListSSHPublicKeys', 'sshPublicKey', 'SSHPublicKeys', (id) => ({
    SSHPublicKeyId: id,
    Status: 'Active',
    UploadDate: new Date(0).toISOString(),
  })),
  DeleteSSHPublicKey: deleteObstacle('iam:DeleteSSHPublicKey', 'sshPublicKey', 'SSHPublicKeyId'),
  ListServiceSpecificCredentials: listObstacles(
    'iam:ListServiceSpecificCredentials',
    'serviceSpecificCredential',
    'ServiceSpecificCredentials',
    (id) => ({
      ServiceSpecificCredentialId: id,
      Status: 'Active',
      CreateDate: new Date(0).toISOString(),
      ServiceName: 'codecommit.amazonaws.com',
    }),
  ),
  DeleteServiceSpecificCredential: deleteObstacle(
    'iam:DeleteServiceSpecificCredential',
    'serviceSpecificCredential',
    'ServiceSpecificCredentialId',
  ),
  ListMFADevices: listObstacles('iam:ListMFADevices', 'mfaDevice', 'MFADevices', (id) => ({
    SerialNumber: id,
    EnableDate: new Date(0).toISOString(),
  })),
  DeactivateMFADevice: deleteObstacle('iam:DeactivateMFADevice', 'mfaDevice', 'SerialNumber'),

  GetRole: onRole('iam:GetRole', (account, role) => ({
    Role: {
      Path: '/',
      RoleName: role.name,
      RoleId: role.id,
      Arn: account.arn(`role/${role.name}`),
      CreateDate: new Date(0).toISOString(),
      MaxSessionDuration: String(role.maxSessionDuration),
    },
  })),
  PutRolePolicy: onRole('iam:PutRolePolicy', (_account, role, parameters) => {
    const name = parameters.name('PolicyName', 128);
    putInline(role.inline, name, parameters.required('PolicyDocument'), limits.roleInline, `role ${role.name}`);
    return {};
  }),
  ListRolePolicies: onRole('iam:ListRolePolicies', (_account, role, parameters) =>
    paged('PolicyNames', [...role.inline.keys()], parameters, (name) => name),
  ),
  DeleteRolePolicy: onRole('iam:DeleteRolePolicy', (_account, role, parameters) => {
    const name = parameters.name('PolicyName', 128);
    if (!role.inline.delete(name)) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
    return {};
  }),
};

type Context = Record<string, readonly string[]>;

/** An operation on the user that `UserName` names, or on the caller itself where it is left out. */
function onUser(
  action: string,
  run: (account: Account, user: User, parameters: Parameters) => Xml,
  context: (parameters: Parameters) => Context = () => ({}),
): Operation {
  return (account, parameters, caller) => {
    const name = parameters.optional('UserName') === undefined ? caller.user?.name : parameters.name('UserName', 128);
    if (name === undefined)
      throw new AwsError('ValidationError', 'Must specify userName when calling with non-User credentials');
    const user = account.seeUser(name);
    // IAM knows the path of an existing user only, so a policy for a path does not cover a user that is gone.
    const need =
      user === undefined
        ? { action, resource: account.arn(`user/${name}`), shown: `user ${name}` }
        : {
            action,
            resource: account.userArn(user),
            context: { ...(user.bareFor-- > 0 ? {} : userContext(user)), ...context(parameters) },
          };
    return {
      needs: [need],
      run() {
        if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
        return run(account, user, parameters);
      },
    };
  };
}

/** Membership is a matter of the group: the caller needs the right on it, not on the user. */
function onGroup(action: string, run: (user: User, group: string) => void): Operation {
  return (account, parameters) => {
    const group = parameters.name('GroupName', 128);
    const name = parameters.name('UserName');
    return {
      needs: [{ action, resource: account.arn(`group/${group}`) }],
      run() {
        if (!account.groups.has(group)) throw noSuchEntity(`The group with name ${group} cannot be found.`);
        const user = account.seeUser(name);
        if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
        run(user, group);
        return {};
      },
    };
  };
}

function onRole(action: string, run: (account: Account, role: Role, parameters: Parameters) => Xml): Operation {
  return (account, parameters) => {
    const name = parameters.name('RoleName');
    return {
      needs: [{ action, resource: account.arn(`role/${name}`) }],
      run() {
        const role = account.roles.get(name);
        if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
        return run(account, role, parameters);
      },
    };
  };
}

function onPolicy(action: string, run: (account: Account, arn: string, parameters: Parameters) => Xml): Operation {
  return (account, parameters) => {
    const arn = parameters.required('PolicyArn');
    return {
      needs: [{ action, resource: arn }],
      run() {
        if (!account.managedPolicies.has(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
        return run(account, arn, parameters);
      },
    };
  };
}

function listObstacles(
  action: string,
  kind: ObstacleKind,
  list: string,
  show: (id: string) => Record<string, string>,
): Operation {
  return onUser(action, (_account, user, parameters) =>
    paged(list, [...user.obstacles[kind]], parameters, (id) => ({ UserName: user.name, ...show(id) })),
  );
}

function deleteObstacle(action: string, kind: ObstacleKind, field: string): Operation {
  return onUser(action, (_account, user, parameters) => {
    const id = parameters.required(field);
    if (!user.obstacles[kind].delete(id)) throw noSuchEntity(`${id} cannot be found.`);
    return {};
  });
}

function obstacleTo(user: User): string | undefined {
  if (user.keys.length > 0) return 'delete access keys';
  if (user.inline.size > 0) return 'delete policies';
  if (user.attached.size > 0) return 'detach all policies';
  if (user.groups.size > 0) return 'remove users from group';
  const kind = Object.entries(user.obstacles).find(([, items]) => items.size > 0)?.[0];
  return kind === undefined ? undefined : `delete ${kind}`;
}

function putInline(inline: Map<string, string>, name: string, document: string, limit: number, owner: string): void {
  checkPolicyText(document, 'policyDocument');
  parsePolicy(document);
  const others = [...inline].filter(([other]) => other !== name).map(([, text]) => text);
  // White space does not count.
  const size = [...others, document].join('').replaceAll(/\s/g, '').length;
  if (size > limit) throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${owner}`);
  inline.set(name, document);
}

/** One page of at most MaxItems, with the marker of the next. */
function paged<T>(list: string, items: readonly T[], parameters: Parameters, show: (item: T) => Xml): Xml {
  const size = parameters.integer('MaxItems', [1, 1000], 100);
  const start = Number(parameters.optional('Marker') ?? '0');
  const next = start + size;
  return {
    IsTruncated: String(next < items.length),
    ...(next < items.length ? { Marker: String(next) } : {}),
    [list]: items.slice(start, next).map(show),
  };
}

function findKey(user: User, id: string): User['keys'][number] {
  const key = user.keys.find((each) => each.id === id);
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

function pathAndName(arn: string): { path: string; name: string } {
  const [, path = '/', name = ''] = /:policy(\/(?:.*\/)?)([^/]*)$/.exec(arn) ?? [];
  return { path, name };
}

function readPath(path = '/'): string {
  if (path.length > 512 || !/^\/(?:[\u0021-\u007e]+\/)?$/.test(path)) {
    throw new AwsError(
      'ValidationError',
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    );
  }
  return path;
}

/** Without Tags and PermissionsBoundary: ListUsers leaves them out, GetUser adds them. */
function describeUser(account: Account, user: User): Record<string, Xml> {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: account.userArn(user),
    CreateDate: new Date(user.created).toISOString(),
  };
}

function describeTags({ tags }: User): Xml {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function userContext(user: User): Context {
  const tags = [...user.tags].flatMap(([key, value]): [string, string[]][] => [
    [`aws:resourcetag/${key}`.toLowerCase(), [value]],
    [`iam:resourcetag/${key}`.toLowerCase(), [value]],
  ]);
  return {
    ...Object.fromEntries(tags),
    ...(user.boundary === undefined ? {} : { 'iam:permissionsboundary': [user.boundary] }),
  };
}

function requestTags(tags: ReadonlyMap<string, string>): Context {
  const each = [...tags].map(([key, value]): [string, string[]] => [`aws:requesttag/${key}`.toLowerCase(), [value]]);
  return { ...Object.fromEntries(each), 'aws:tagkeys': [...tags.keys()] };
}

function policyArn(parameters: Parameters): Context {
  return { 'iam:policyarn': [parameters.required('PolicyArn')] };
}
