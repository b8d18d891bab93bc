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
    port: { description: 'Its port.', type: 'integer' },
    database: 'Database to connect to; empty when neither "root" nor "database" names one.',
    url: 'All of it as one URL, with the ssl-mode of "root". Masked.',
  },
  environment: {
    MYSQL_HOST: 'the server',
    MYSQL_TCP_PORT: 'its port',
    MYSQL_USER: 'the account',
    MYSQL_PWD: 'its password',
    MYSQL_DATABASE: 'the database, when there is one',
    DATABASE_URL: 'the output `url`',
  },
  lacking: (config) =>
    config['member-of'].length > 0 || config['creation-statements'] !== ''
      ? ''
      : 'Neither "member-of" nor "creation-statements" is given, so what is minted may log in and do nothing else. Name the role whose rights the job needs in "member-of".',
} satisfies Partial<Declaration>;

export const mysql: Declaration = {
  ...common,
  name: 'mysql',
  about: {
    title: 'MySQL',
    versions: 'MySQL 8.0.22 and newer',
    mints: 'an account',
    action: 'Mints a MySQL login that exists only for this job, and revokes it when the job ends.',
  },
  root: rootInput(['mysql']),
  load: async () => (await import('./engine.ts')).mysqlEngine,
};

export const mariadb: Declaration = {
  ...common,
  inputs: mariadbInputs,
  name: 'mariadb',
  about: {
    title: 'MariaDB',
    versions: 'MariaDB 10.6 and newer',
    mints: 'an account',
    action: 'Mints a MariaDB login that exists only for this job, and revokes it when the job ends.',
  },
  root: rootInput(['mariadb', 'mysql']),
  load: async () => (await import('./engine.ts')).mariadbEngine,
};
