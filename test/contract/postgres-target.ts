/** Real PostgreSQL servers, set up as docs/postgres.md says, for the contract and for the engine's own tests. */
import pg from 'pg';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { installedPostgres, startPostgres } from '../services/postgres.ts';
import type { JobSession } from './contract.ts';
import type { SweepTarget } from './sweep.ts';

export interface PostgresTarget extends SweepTarget {
  /** PostgreSQL's `server_version_num` */
  readonly version: number;
  readonly port: number;
  readonly host: string;
  readonly superuserUrl: string;
  /** runs statements as a superuser */
  admin(sql: string, database?: string): Promise<pg.QueryResult<Record<string, unknown>>>;
}

interface PostgresServerInTest {
  readonly name: string;
  readonly start: () => Promise<PostgresTarget>;
  /** started here, with the settings that the tests want and a log that they can read */
  readonly ours: boolean;
}

const rootSecret = 'root-Secret-0123456789';

/** The servers to test: the embedded 18 always, and each other whose binaries or whose superuser URL is given. */
export function postgresServers(): PostgresServerInTest[] {
  const servers = [{ name: 'embedded PostgreSQL 18', start: async () => await startTarget(), ours: true }];
  for (const { version, bin } of installedPostgres()) {
    servers.push({ name: `PostgreSQL ${version} from ${bin}`, start: async () => await startTarget(bin), ours: true });
  }
  const url = process.env['JOBLEASE_POSTGRES_URL'];
  if (url !== undefined)
    servers.push({ name: 'PostgreSQL from the environment', start: async () => await useServer(url), ours: false });
  return servers;
}

async function startTarget(bin?: string): Promise<PostgresTarget> {
  const settings = { max_prepared_transactions: '5' };
  const server = await startPostgres(bin === undefined ? { settings } : { bin, settings });
  const target = await useServer(server.url, server.log);
  return {
    ...target,
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function useServer(url: string, log?: () => string): Promise<PostgresTarget> {
  const superuser = new pg.Client(url);
  // A server that is stopped first must not take the tests with it.
  superuser.on('error', () => undefined);
  await superuser.connect();
  const { rows } = await superuser.query<{ n: string }>(`SELECT current_setting('server_version_num') AS n`);
  const version = Number(rows[0]?.n);
  const { host, port } = superuser;
  const admin: PostgresTarget['admin'] = async (sql, database) => {
    if (database === undefined) return await superuser.query<Record<string, unknown>>(sql);
    const client = new pg.Client({ connectionString: withDatabase(url, database) });
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(sql);
    } finally {
      await client.end();
    }
  };
  // Test files run side by side; on a server that they share they take turns, until the connection closes.
  await superuser.query('SELECT pg_advisory_lock(726)');
  // What the tests themselves do is not what the contract's look into the statement log is about.
  await superuser.query("SET log_statement = 'none'");
  // A server that lives on after the tests may hold what an earlier run left.
  await superuser.query('DROP DATABASE IF EXISTS billing');
  await superuser.query('DROP ROLE IF EXISTS joblease');
  await superuser.query('DROP ROLE IF EXISTS billing_owner');
  await superuser.query(`CREATE ROLE joblease LOGIN CREATEROLE PASSWORD '${rootSecret}'`);
  await superuser.query('CREATE ROLE billing_owner NOLOGIN');
  const options = version < 160_000 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  await superuser.query(`GRANT billing_owner TO joblease ${options}`);
  await superuser.query('CREATE DATABASE billing OWNER billing_owner');
  await admin(
    `CREATE SCHEMA app AUTHORIZATION billing_owner;
     CREATE TABLE app.invoice (id int PRIMARY KEY, amount int);
     ALTER TABLE app.invoice OWNER TO billing_owner;
     INSERT INTO app.invoice VALUES (1, 100)`,
    'billing',
  );
  const rootUrl = (password: string): string =>
    `postgres://joblease:${password}@${host}:${port}/billing?sslmode=disable`;

  return {
    engine: postgres,
    version,
    host,
    port,
    superuserUrl: `${url.split('?')[0] ?? ''}?sslmode=disable`,
    admin,
    root: rootUrl(rootSecret),
    rootSecret,
    wrongRoot: rootUrl('not-the-password-98765'),
    inputs: { 'member-of': 'billing_owner' },
    expiryClass: 'login',
    login: async ({ url: leaseUrl = '' }) => await clientSession(leaseUrl),
    exists: async (name) => (await superuser.query('SELECT FROM pg_roles WHERE rolname = $1', [name])).rowCount !== 0,
    accounts: async () => {
      const found = await superuser.query<{ rolname: string }>('SELECT rolname FROM pg_roles ORDER BY 1');
      return found.rows.map(({ rolname }) => rolname);
    },
    addForeign: async (name) => void (await superuser.query(`CREATE ROLE ${name} LOGIN`)),
    removeForeign: async (name) => void (await superuser.query(`DROP ROLE IF EXISTS ${name}`)),
    async mark(name, record) {
      await superuser.query(`CREATE ROLE ${name} LOGIN; COMMENT ON ROLE ${name} IS ${pg.escapeLiteral(record)}`);
    },
    unmark: async (name) => void (await superuser.query(`DROP ROLE IF EXISTS ${name}`)),
    tied: 'disabled',
    async tie(principal) {
      // What another role has granted, root cannot take back.
      const table = `theirs_${principal}`;
      await admin(
        `CREATE ROLE ${table}_owner; CREATE TABLE app.${table} (n int); ALTER TABLE app.${table} OWNER TO ${table}_owner;
         GRANT SELECT ON app.${table} TO ${principal}`,
        'billing',
      );
      return async () => void (await admin(`DROP TABLE app.${table}; DROP ROLE ${table}_owner`, 'billing'));
    },
    statementLog: async () => await Promise.resolve(log?.() ?? ''),
    async [Symbol.asyncDispose]() {
      await superuser.end();
    },
  };
}

/** A job's client: node-postgres with nothing but the URL. */
export async function clientSession(url: string): Promise<JobSession & { readonly client: pg.Client }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    client,
    async work() {
      await client.query('SELECT amount FROM app.invoice');
    },
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => undefined);
    },
  };
}

function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}
