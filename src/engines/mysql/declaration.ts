import type { EngineDeclaration } from '../engine.ts';
import { mariadbInputs, mysqlInputs } from './inputs.ts';
import { rootInput, type MysqlRoot } from './root.ts';

type Declaration = EngineDeclaration<MysqlRoot, typeof mysqlInputs>;

const common = {
  inputs: mysqlInputs,
  inputsOf: { sweep: ['member-of', 'revocation-statements', 'tls-ca'], 'rotate-root': ['tls-ca'] },
  outputs: {
    username: 'Name of the minted account: the same as "principal".',
    password: 'Its password. Masked.',
    host: 'Server that the lease was minted on.',
    port: 'Its port.',
    database: 'Database to connect to; empty when neither "root" nor "database" names one.',
    url: 'All of it as one URL, with the ssl-mode of "root". Masked.',
  },
  environment: ['MYSQL_HOST', 'MYSQL_TCP_PORT', 'MYSQL_USER', 'MYSQL_PWD', 'MYSQL_DATABASE', 'DATABASE_URL'],
} satisfies Partial<Declaration>;

export const mysql: Declaration = {
  ...common,
  name: 'mysql',
  root: rootInput(['mysql']),
  load: async () => (await import('./engine.ts')).mysqlEngine,
};

export const mariadb: Declaration = {
  ...common,
  inputs: mariadbInputs,
  name: 'mariadb',
  root: rootInput(['mariadb', 'mysql']),
  load: async () => (await import('./engine.ts')).mariadbEngine,
};
