import type { EngineDeclaration } from '../engine.ts';
import { postgresInputs } from './inputs.ts';
import { rootInput, type PostgresRoot } from './root.ts';

export const postgres: EngineDeclaration<PostgresRoot, typeof postgresInputs> = {
  name: 'postgres',
  aliases: ['postgresql'],
  about: {
    title: 'PostgreSQL',
    versions: 'PostgreSQL 15 and newer',
    mints: 'a role',
    action: 'Mints a PostgreSQL login that exists only for this job, and revokes it when the job ends.',
  },
  root: rootInput,
  inputs: postgresInputs,
  inputsOf: { sweep: ['admin-role', 'revocation-statements', 'tls-ca'], 'rotate-root': ['admin-role', 'tls-ca'] },
  outputs: {
    username: 'Name of the minted role: the same as "principal".',
    password: 'Its password. Masked.',
    host: 'Server that the lease was minted on.',
    port: { description: 'Its port.', type: 'integer' },
    database: 'Database to connect to.',
    url: 'All of it as one URL, with the sslmode of "root". Masked.',
  },
  environment: {
    PGHOST: 'output `host`',
    PGPORT: 'output `port`',
    PGUSER: 'output `username`',
    PGPASSWORD: 'output `password`',
    PGDATABASE: 'output `database`',
    PGSSLMODE: 'the `sslmode` of `root`',
    PGSSLROOTCERT: 'the authority, when it is a path or `system`',
    DATABASE_URL: 'output `url`',
  },
  lacking: (config) =>
    config['member-of'].length > 0 || config['creation-statements'] !== ''
      ? ''
      : 'Neither "member-of" nor "creation-statements" is given, so what is minted may do no more than every login of the server. Name the group whose rights the job needs in "member-of".',
  load: async () => (await import('./engine.ts')).engine,
};
