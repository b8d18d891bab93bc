import { UserError } from '../../lease/errors.ts';
import { integer, list, mintOnly, text, type Input, type Inputs } from '../../lease/inputs.ts';

const hostPattern: Input<string> = {
  description: "Host part of the minted account: where it may log in from, as in 'user'@'10.0.0.%'.",
  default: '%',
  parse(value, name) {
    // Names, addresses, wildcards, netmasks and CIDR: nothing that quoting could change.
    if (/^[\w.%:/-]{1,255}$/.test(value)) return value;
    throw new UserError(`${JSON.stringify(value)} is not a host pattern`, {
      input: name,
      fix: 'Write a host name, an address, a pattern such as 10.0.0.% or a network such as 10.0.0.0/24.',
    });
  },
};

/** The inputs of the MySQL and MariaDB engines, beside those that every engine has. */
export const mysqlInputs = {
  'host-pattern': hostPattern,
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

export type MysqlConfig = Inputs<typeof mysqlInputs>;
