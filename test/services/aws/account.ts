/** What an AWS account holds, and who a request comes from. The tests seed it directly; its own API changes it too. */
import { randomBytes, type KeyObject } from 'node:crypto';
import { AwsError } from './errors.ts';
import { parsePolicy, type Policies, type PolicyDocument } from './policy.ts';

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly created: number;
  active: boolean;
  used: KeyUse | undefined;
  /** how many more requests find it unknown */
  unknownFor: number;
  /** how many more lists are without it */
  unlistedFor: number;
}

/** The last time that a key was used. */
export interface KeyUse {
  readonly at: number;
  readonly service: string;
  readonly region: string;
}

/** One of AWS's own policies. */
export const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';

/** The kinds of item beside keys, policies and groups that keep a user from being deleted. */
export const obstacleKinds = [
  'loginProfile',
  'signingCertificate',
  'sshPublicKey',
  'serviceSpecificCredential',
  'mfaDevice',
] as const;
export type ObstacleKind = (typeof obstacleKinds)[number];

export interface User {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly created: number;
  boundary: string | undefined;
  readonly tags: Map<string, string>;
  readonly keys: AccessKey[];
  /** how many more times IAM counts a key that was deleted */
  ghosts: number;
  readonly inline: Map<string, string>;
  readonly attached: Set<string>;
  readonly groups: Set<string>;
  readonly obstacles: Record<ObstacleKind, Set<string>>;
  /** for how many more requests IAM does not know it */
  unseenFor: number;
  /** how many more lists are without it */
  unlistedFor: number;
  /** for how many more requests conditions on its tags and its boundary find none */
  bareFor: number;
  /** what it was allowed and denied by, oldest first; kept only while {@link Account.arrival} says so */
  readonly past: Attached[];
}

/** What decides about a user, at a time. */
interface Attached extends Pick<User, 'boundary'> {
  readonly at: number;
  readonly inline: ReadonlyMap<string, string>;
  readonly attached: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export interface Group {
  readonly name: string;
  readonly policies: readonly PolicyDocument[];
}

export interface Role {
  readonly name: string;
  readonly id: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  /** inline policies that the API has put */
  readonly inline: Map<string, string>;
  readonly maxSessionDuration: number;
}

/** A temporary credential. */
export interface Session {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly token: string;
  readonly expires: number;
  readonly issued: number;
  readonly kind: 'role' | 'federated' | 'session';
  readonly arn: string;
  readonly userId: string;
  /** the user or the role whose policies count */
  readonly owner: User | Role;
  readonly session: readonly PolicyDocument[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Who has signed a request. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly kind: 'user' | Session['kind'];
  readonly user: User | undefined;
  readonly policies: Policies;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export class Account {
  readonly id = '123456789012';
  /** by name in lower case: names differ by more than case, whatever their paths */
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  /** documents by ARN */
  readonly managedPolicies = new Map<string, PolicyDocument>();
  /** ids of versions beside the default one, by ARN of the managed policy */
  readonly policyVersions = new Map<string, Set<string>>();
  /** OIDC issuers that the account trusts, by host: the keys that their tokens are checked with */
  readonly issuers = new Map<string, KeyObject>();
  readonly sessions = new Map<string, Session>();
  /** how far the server's clock is ahead of this machine's, in milliseconds */
  clockOffset = 0;
  /** IAM is consistent eventually: for how many requests a key that is made or deleted from now on stays unnoticed */
  readonly lag = { use: 0, list: 0, deletion: 0 };
  /** the same of users: for how many requests a new one is unknown, how many lists are without it, or with one that is
   * gone, and for how many requests its tags and its boundary are unknown */
  readonly userLag = { use: 0, list: 0, bare: 0 };
  /** milliseconds until a change of what decides about users is heeded, for each kind by itself: AWS promises no order */
  readonly arrival = { inline: 0, attached: 0, groups: 0, boundary: 0 };
  /** users that are gone, and in how many more lists they are found */
  readonly ghosts = new Map<User, number>();

  constructor() {
    const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
    this.managedPolicies.set(denyAll, parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement })));
  }

  now(): number {
    return Date.now() + this.clockOffset;
  }

  arn(resource: string): string {
    return `arn:aws:iam::${this.id}:${resource}`;
  }

  userArn({ path, name }: Pick<User, 'path' | 'name'>): string {
    return this.arn(`user${path}${name}`);
  }

  findUser(name: string): User | undefined {
    return this.users.get(name.toLowerCase());
  }

  /** A user as a request finds it: one that was made a moment ago may be unknown. */
  seeUser(name: string): User | undefined {
    const user = this.findUser(name);
    if (user === undefined || user.unseenFor <= 0) return user;
    user.unseenFor -= 1;
    return undefined;
  }

  removeUser(user: User): void {
    this.users.delete(user.name.toLowerCase());
    if (this.userLag.list > 0) this.ghosts.set(user, this.userLag.list);
  }

  /** The users that one list shows. */
  listedUsers(): User[] {
    const ghosts = [...this.ghosts].filter(([, times]) => times > 0).map(([user]) => user);
    for (const user of ghosts) this.ghosts.set(user, (this.ghosts.get(user) ?? 0) - 1);
    return [...[...this.users.values()].filter((user) => user.unlistedFor-- <= 0), ...ghosts];
  }

  /** Notes what decides about each user now, for as long as that takes to arrive. */
  remember(): void {
    if (Object.values(this.arrival).every((delay) => delay === 0)) return;
    for (const { past, inline, attached, groups, boundary } of this.users.values()) {
      past.push({
        at: Date.now(),
        inline: new Map(inline),
        attached: new Set(attached),
        groups: new Set(groups),
        boundary,
      });
    }
  }

  /** What decides about a user by now. */
  #arrived<Kind extends keyof Account['arrival']>(user: User, kind: Kind): Omit<Attached, 'at'>[Kind] {
    const latest = Date.now() - this.arrival[kind];
    const now: Omit<Attached, 'at'> = user;
    if (this.arrival[kind] === 0) return now[kind];
    const view: Omit<Attached, 'at'> = user.past.findLast(({ at }) => at <= latest) ?? user.past[0] ?? user;
    return view[kind];
  }

  addUser(
    name: string,
    options: { path?: string; tags?: Record<string, string>; boundary?: string; policy?: unknown } = {},
  ): User {
    const { path = '/', tags = {}, boundary, policy } = options;
    const user: User = {
      name,
      id: newId('AIDA'),
      path,
      created: this.now(),
      boundary,
      tags: new Map(Object.entries(tags)),
      keys: [],
      ghosts: 0,
      inline: new Map(policy === undefined ? [] : [['seeded', JSON.stringify(policy)]]),
      attached: new Set(),
      groups: new Set(),
      obstacles: {
        loginProfile: new Set(),
        signingCertificate: new Set(),
        sshPublicKey: new Set(),
        serviceSpecificCredential: new Set(),
        mfaDevice: new Set(),
      },
      unseenFor: this.userLag.use,
      unlistedFor: this.userLag.list,
      bareFor: this.userLag.bare,
      past: [],
    };
    this.users.set(name.toLowerCase(), user);
    return user;
  }

  addKey(user: User): AccessKey {
    const key: AccessKey = {
      id: newId('AKIA'),
      secret: newSecret(),
      created: this.now(),
      active: true,
      used: undefined,
      unknownFor: this.lag.use,
      unlistedFor: this.lag.list,
    };
    user.keys.push(key);
    return key;
  }

  findKey(id: string): { user: User; key: AccessKey } | undefined {
    for (const user of this.users.values()) {
      const key = user.keys.find((each) => each.id === id);
      if (key !== undefined) return { user, key };
    }
    return undefined;
  }

  /** A user with a policy and a key: the usual way to get a root credential. */
  addCredentials(name: string, policy: unknown): Credentials {
    const { id, secret } = this.addKey(this.addUser(name, { policy }));
    return { accessKeyId: id, secretAccessKey: secret };
  }

  addGroup(name: string, policy: unknown): void {
    this.groups.set(name, { name, policies: [parsePolicy(JSON.stringify(policy))] });
  }

  addManagedPolicy(name: string, policy: unknown): string {
    const arn = this.arn(`policy/${name}`);
    this.managedPolicies.set(arn, parsePolicy(JSON.stringify(policy)));
    return arn;
  }

  /** @returns its ARN */
  addRole(name: string, options: { trust: unknown; policy: unknown; maxSessionDuration?: number }): string {
    this.roles.set(name, {
      name,
      id: newId('AROA'),
      trust: parsePolicy(JSON.stringify(options.trust), 'trust'),
      policies: [parsePolicy(JSON.stringify(options.policy))],
      inline: new Map(),
      maxSessionDuration: options.maxSessionDuration ?? 3600,
    });
    return this.arn(`role/${name}`);
  }

  /** A new temporary credential of the account. */
  addSession(fields: Omit<Session, 'accessKeyId' | 'secret' | 'token' | 'issued'>): Session {
    const token = randomBytes(96).toString('base64');
    const session = { ...fields, accessKeyId: newId('ASIA'), secret: newSecret(), token, issued: this.now() };
    this.sessions.set(session.accessKeyId, session);
    return session;
  }

  /**
   * @param arrived whether a long-term key has arrived at the endpoint that is asked
   * @returns the secret to check the signature with, and who the caller is once it fits
   * @throws AwsError for a key that is unknown, inactive, expired, or comes without its session token
   */
  authenticate(
    accessKeyId: string,
    token: string | undefined,
    arrived: (key: AccessKey) => boolean,
  ): { secret: string; caller: () => Caller } {
    const invalid = new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
    const session = this.sessions.get(accessKeyId);
    if (session !== undefined) {
      if (session.token !== token) throw invalid;
      if (session.expires <= this.now()) {
        throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
      }
      // The sessions of a user outlive the key that they were got with, and end with the user.
      const { owner } = session;
      if ('keys' in owner && this.findUser(owner.name) !== owner) throw invalid;
      return { secret: session.secret, caller: () => this.#sessionCaller(session) };
    }
    const { user, key } = this.findKey(accessKeyId) ?? {};
    if (user === undefined || key === undefined) throw invalid;
    if (!key.active || token !== undefined || !arrived(key)) throw invalid;
    return { secret: key.secret, caller: () => this.#userCaller(user) };
  }

  #userCaller(user: User): Caller {
    return {
      arn: this.userArn(user),
      userId: user.id,
      kind: 'user',
      user,
      policies: { identity: this.#identityPolicies(user), boundary: this.#boundary(user) },
      context: {
        'aws:username': [user.name],
        ...prefixed('aws:principaltag/', user.tags),
        'aws:principaltype': ['User'],
      },
    };
  }

  #sessionCaller(session: Session): Caller {
    const { owner, arn, userId, kind } = session;
    const isUser = 'keys' in owner;
    return {
      arn,
      userId,
      kind,
      user: isUser && kind === 'session' ? owner : undefined,
      policies: {
        identity: isUser ? this.#identityPolicies(owner) : [...owner.policies, ...inlineDocuments(owner.inline)],
        boundary: isUser ? this.#boundary(owner) : undefined,
        session: session.session,
      },
      context: {
        'aws:tokenissuetime': [new Date(session.issued).toISOString()],
        'aws:principaltype': [kind === 'role' ? 'AssumedRole' : kind === 'federated' ? 'FederatedUser' : 'User'],
        ...prefixed('aws:principaltag/', new Map(Object.entries(session.tags))),
      },
    };
  }

  #identityPolicies(user: User): PolicyDocument[] {
    return [
      ...inlineDocuments(this.#arrived(user, 'inline')),
      ...[...this.#arrived(user, 'attached')].flatMap((arn) => this.managedPolicies.get(arn) ?? []),
      ...[...this.#arrived(user, 'groups')].flatMap((name) => this.groups.get(name)?.policies ?? []),
    ];
  }

  #boundary(user: User): PolicyDocument[] | undefined {
    const boundary = this.#arrived(user, 'boundary');
    if (boundary === undefined) return undefined;
    const document = this.managedPolicies.get(boundary);
    return document === undefined ? [] : [document];
  }
}

function inlineDocuments(inline: ReadonlyMap<string, string>): PolicyDocument[] {
  return [...inline.values()].map((text) => parsePolicy(text));
}

function prefixed(prefix: string, tags: ReadonlyMap<string, string>): Record<string, string[]> {
  return Object.fromEntries([...tags].map(([key, value]) => [`${prefix}${key}`.toLowerCase(), [value]]));
}

function newId(prefix: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('');
}

function newSecret(): string {
  return randomBytes(30).toString('base64');
}
