import { integer, list, mintOnly, text, type Inputs } from '../../lease/inputs.ts';

/** The inputs of the PostgreSQL engine, beside those that every engine has. */
export const postgresInputs = {
  'admin-role': text(
    'Role to SET ROLE to before anything else, so that two root logins can manage what either of them minted.',
  ),
  'member-of': mintOnly(
    list(
      'Group roles, separated by commas or lines, that the minted role becomes a member of. With exactly one it acts as that role, so what the job creates belongs to the group.',
    ),
  ),
  'creation-statements': mintOnly(
    text(
      'SQL that runs when the role is minted, in the same transaction. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the role itself.',
    ),
  ),
  'revocation-statements': text(
    'SQL that runs when the role is revoked, after it was disabled and its sessions were ended. Variables: {{name}} or {{username}}.',
  ),
  'connection-limit': integer(
    'How many sessions the minted role may have at a time; -1 for no limit.',
    20,
    [-1, 10_000],
  ),
  database: text('Database that the outputs point to. Default: the one in "root".'),
  'tls-ca': text('Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.'),
};

export type PostgresConfig = Inputs<typeof postgresInputs>;
