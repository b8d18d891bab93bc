import { UserError } from '../../lease/errors.ts';
import { integer, list, mintOnly, text, type Input, type Inputs } from '../../lease/inputs.ts';

/**
 * @param network how the server writes one
 * @param pattern of what else than a network may be written, nothing of which quoting could change
 */
function hostPattern(network: string, pattern: RegExp): Input<string> {
  return {
    description: "Host part of the minted account: where it may log in from, as in 'user'@'10.0.0.%'.",
    default: '%',
    parse(value, name) {
      if (pattern.test(value)) return value;
      throw new UserError(`${JSON.stringify(value)} is not a host pattern`, {
        input: name,
        fix: `Write a host name, an address, a pattern such as 10.0.0.% or a network such as ${network}.`,
      });
    },
  };
}

const hostPatterns = {
  mysql: hostPattern('10.0.0.0/24', /^[\w.%:/-]{1,255}$/),
  // It takes a network's length for a part of a name, which then matches nothing.
  mariadb: hostPattern('10.0.0.0/255.255.255.0', /^(?!.*\/\d{1,3}$)[\w.%:/-]{1,255}$/),
};

/** The inputs of the MySQL and MariaDB engines, beside those that every engine has. */
export const mysqlInputs = {
  'host-pattern': hostPatterns.mysql,
  'member-of': list(
    'SQL roles, separated by commas or lines, that the minted account is granted and that are active when it logs in. On MariaDB one at most: a session there has one role at a time.',
  ),
  'creation-statements': mintOnly(
    text(
      'SQL that runs when the account is minted. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the account itself.',
    ),
  ),
  'revocation-statements': text(
    'SQL that runs when the account is revoked, after it was locked and its sessions were ended. Variables: {{name}} or {{username}}.',
  ),
  'connection-limit': integer(
    'How many sessions the minted account may have at a time; 0 for no limit of its own.',
    20,
    [0, 10_000],
  ),
  database: text('Database that the outputs point to. Default: the one in "root".'),
  'tls-ca': text('Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.'),
};

/** Those that MariaDB reads otherwise. */
export const mariadbInputs = { ...mysqlInputs, 'host-pattern': hostPatterns.mariadb };

export type MysqlConfig = Inputs<typeof mysqlInputs>;
