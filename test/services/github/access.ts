/** Who may do what: tokens, their permissions, and their rate limits. */
import { randomBytes } from 'node:crypto';
import { notFound, Refusal } from './refusal.ts';
import type { Organization, Repository } from './world.ts';

export type Permission = 'actions' | 'secrets' | 'environments' | 'organization_secrets';
export type Level = 'read' | 'write';

export type Permissions = Readonly<Partial<Record<Permission, Level>>>;

export type Grant =
  /**
   * the job's own GITHUB_TOKEN, with `actions: read` where `permissions` is left out: nothing can give it secrets, and it
   * knows its own repository only
   */
  | { readonly kind: 'job'; readonly repository: Repository; readonly permissions?: { readonly actions?: Level } }
  /** an App's installation token, or a fine-grained personal access token */
  | {
      readonly kind: 'app' | 'fine-grained';
      readonly repositories?: readonly Repository[];
      readonly organizations?: readonly Organization[];
      readonly permissions: Permissions;
    };

export type TokenKind = Grant['kind'] | 'anonymous' | 'unknown';

export interface Need {
  readonly permission: Permission | 'metadata';
  readonly level: Level;
}

export interface RateLimit {
  limit: number;
  remaining: number;
  /** epoch seconds */
  reset: number;
}

export interface Caller {
  readonly kind: TokenKind;
  readonly id: number;
  readonly grant: Grant | undefined;
  readonly rate: RateLimit;
}

export interface Access {
  readonly addToken: (grant: Grant) => string;
  readonly revokeToken: (token: string) => void;
  /** @param token `''` for requests without one */
  rate(token: string): RateLimit;
  identify(authorization: string | undefined): Caller;
}

const limits = { job: 1000, app: 5000, 'fine-grained': 5000, anonymous: 60, unknown: 60 };
const prefixes = { job: 'ghs_', app: 'ghs_', 'fine-grained': 'github_pat_' };
const window = 3600;

/** @param now the server's clock, in milliseconds */
export function createAccess(now: () => number): Access {
  let lastId = 40_000_000;
  const makeCaller = (kind: TokenKind, grant?: Grant): Caller => ({
    kind,
    id: ++lastId,
    grant,
    rate: { limit: limits[kind], remaining: limits[kind], reset: Math.floor(now() / 1000) + window },
  });
  const anonymous = makeCaller('anonymous');
  const unknown = { ...anonymous, kind: 'unknown' as const };
  const tokens = new Map<string, Caller>();

  const renewed = (caller: Caller): Caller => {
    const seconds = Math.floor(now() / 1000);
    if (seconds >= caller.rate.reset) {
      Object.assign(caller.rate, { remaining: caller.rate.limit, reset: seconds + window });
    }
    return caller;
  };

  return {
    addToken(grant) {
      const token = `${prefixes[grant.kind]}${randomBytes(18).toString('hex')}`;
      tokens.set(token, makeCaller(grant.kind, grant));
      return token;
    },
    revokeToken(token) {
      tokens.delete(token);
    },
    rate(token) {
      const caller = token === '' ? anonymous : tokens.get(token);
      if (caller === undefined) throw new Error('the server does not know this token');
      return caller.rate;
    },
    identify(authorization) {
      if (authorization === undefined) return renewed(anonymous);
      const token = /^(?:bearer|token) (\S+)$/i.exec(authorization)?.[1] ?? '';
      return renewed(tokens.get(token) ?? unknown);
    },
  };
}

export function authorizeRepository(
  { kind, grant }: Caller,
  repository: Repository | undefined,
  need: Need,
): Repository {
  const covered = coveredRepositories(grant).some(({ id }) => id === repository?.id);
  // What the caller must not know of is not there.
  if (repository === undefined || (repository.private && !covered)) throw notFound();
  const isPublicRead = !repository.private && (need.permission === 'metadata' || isRead(need, 'actions'));
  const isGranted = covered && (need.permission === 'metadata' || has(grant, need));
  if (!isPublicRead && !isGranted) throw forbidden(kind);
  return repository;
}

export function authorizeOrganization(
  { kind, grant }: Caller,
  organization: Organization | undefined,
  need: Need,
): Organization {
  if (organization === undefined) throw notFound();
  const covered = grant !== undefined && grant.kind !== 'job' && (grant.organizations ?? []).includes(organization);
  if (!covered || !has(grant, need)) throw forbidden(kind);
  return organization;
}

/** @returns the refusal when a caller has used its requests up */
export function overLimit({ kind, id, rate }: Caller, requestId: string, time: string): Refusal | undefined {
  if (rate.remaining > 0) return undefined;
  const who = kind === 'fine-grained' ? `user ID ${id}` : kind === 'anonymous' ? '127.0.0.1' : `installation ID ${id}`;
  return new Refusal(
    403,
    `API rate limit exceeded for ${who}. If you reach out to GitHub Support for help, please include the request ID ` +
      `${requestId} and timestamp ${time}.`,
    'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
  );
}

export function rateHeaders({ limit, remaining, reset }: RateLimit): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(limit - remaining),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
  };
}

function coveredRepositories(grant: Grant | undefined): readonly Repository[] {
  if (grant === undefined) return [];
  return grant.kind === 'job' ? [grant.repository] : (grant.repositories ?? []);
}

function isRead({ permission, level }: Need, wanted: Permission): boolean {
  return permission === wanted && level === 'read';
}

function has(grant: Grant | undefined, { permission, level }: Need): boolean {
  const permissions: Partial<Record<Need['permission'], Level>> =
    grant?.permissions ?? (grant?.kind === 'job' ? { actions: 'read' } : {});
  const given = permissions[permission];
  return given === 'write' || given === level;
}

function forbidden(kind: TokenKind): Refusal {
  if (kind === 'anonymous') return new Refusal(401, 'Requires authentication');
  const whom = kind === 'fine-grained' ? 'personal access token' : 'integration';
  return new Refusal(403, `Resource not accessible by ${whom}`);
}
