import type { EngineDeclaration } from '../engine.ts';
import { postgresInputs } from './inputs.ts';
import { rootInput, type PostgresRoot } from './root.ts';

export const postgres: EngineDeclaration<PostgresRoot, typeof postgresInputs> = {
  name: 'postgres',
  root: rootInput,
  inputs: postgresInputs,
  inputsOf: { sweep: ['admin-role', 'revocation-statements', 'tls-ca'], 'rotate-root': ['admin-role', 'tls-ca'] },
  outputs: {
    username: 'Name of the minted role: the same as "principal".',
    password: 'Its password. Masked.',
    host: 'Server that the lease was minted on.',
    port: 'Its port.',
    database: 'Database to connect to.',
    url: 'All of it as one URL, with the sslmode of "root". Masked.',
  },
  environment: ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGSSLMODE', 'PGSSLROOTCERT', 'DATABASE_URL'],
  load: async () => {
    // An earlier step may have set it for its own use. The driver reads it when it is loaded, and dist/ has no pg-native.
    Reflect.deleteProperty(process.env, 'NODE_PG_FORCE_NATIVE');
    return (await import('./engine.ts')).engine;
  },
};
