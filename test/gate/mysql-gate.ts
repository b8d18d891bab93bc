/** A gate on a real MySQL or MariaDB server, and what a job and an administrator do with it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect } from 'vitest';
import { newPassword } from '../../src/engines/login/password.ts';
import { cachingSha2Verifier, nativeVerifier } from '../../src/engines/mysql/verifier.ts';
import type { GateRequest } from '../../src/engines/gate/request.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import type { AvailableServer } from '../services/mysql.ts';
import { newIssuer, type Claims, type Issuer } from './issuer.ts';

export type Kind = 'mysql' | 'mariadb';
/** What a procedure of the gate answers. */
export type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly reason?: string };

export interface Gate extends AsyncDisposable {
  readonly kind: Kind;
  readonly issuer: Issuer;
  readonly name: string;
  readonly port: number;
  /** runs statements as an administrator */
  admin(sql: string): Promise<Record<string, unknown>[]>;
  adminSession(): Promise<mysql.Connection>;
  /** a session of the login that every job shares */
  visitor(): Promise<mysql.Connection>;
  login(user: string, password: string): Promise<mysql.Connection>;
  /** the text that GitHub is asked to sign as the audience */
  audience(request: GateRequest): string;
  /** the script of the installation, as the driver takes it */
  script(): string;
}

/** One mint: what is asked for, and the password that the gate never sees. */
export interface Wish {
  readonly role: string;
  readonly principal: string;
  readonly password: string;
  readonly verifier: string;
  readonly ttl: number;
  readonly heartbeat: number;
}

export const mainRule = '[{"repository_id": "77001", "ref": "refs/heads/main", "event_name": ["push"]}]';

/** Installs the gate as its file stands, with the events at every second, a role "migrate" and the issuer's key. */
export async function startGate(kind: Kind, available: AvailableServer): Promise<Gate> {
  const server = await available.start();
  const { hostname: host, port: portText, username, password } = new URL(server.url);
  const connect = async (user: string, secret: string): Promise<mysql.Connection> => {
    const client = await mysql.createConnection({
      host,
      port: Number(portText === '' ? '3306' : portText),
      user,
      password: secret,
      multipleStatements: true,
      supportBigNumbers: true,
      ...(kind === 'mysql' ? { ssl: { rejectUnauthorized: false } } : {}),
    });
    client.on('error', () => undefined);
    return client;
  };
  const adminSession = async (): Promise<mysql.Connection> => await connect(username, decodeURIComponent(password));
  const connection = await adminSession();
  const admin: Gate['admin'] = async (sql) => {
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  };
  // Test files run side by side; on a server that they share they take turns, until the connection closes.
  await admin("DO GET_LOCK('joblease tests', 900)");
  await admin('SET GLOBAL event_scheduler = ON'); // MariaDB's default is OFF
  const script = (): string =>
    readFileSync(join(import.meta.dirname, '..', '..', 'sql', kind, 'gate.sql'), 'utf8')
      // As the mysql client does it: DELIMITER is the client's, the server's parser knows where a body ends.
      .replaceAll(/^DELIMITER.*$/gm, '')
      .replaceAll(/\/\/$/gm, ';');
  await clear(admin);
  await (await adminSession()).query(script());
  await admin(
    `ALTER EVENT joblease.reaper ON SCHEDULE EVERY 1 SECOND; ALTER EVENT joblease.clock ON SCHEDULE EVERY 1 SECOND;
     DROP DATABASE IF EXISTS billing; CREATE DATABASE billing; CREATE TABLE billing.invoice (id INT PRIMARY KEY);
     DROP ROLE IF EXISTS billing_rw; CREATE ROLE billing_rw; GRANT SELECT, INSERT ON billing.* TO billing_rw`,
  );
  const issuer = newIssuer();
  await admin(`CALL joblease.trust_key('${issuer.kid}', '${issuer.n}')`);
  await admin(`CALL joblease.define_role('migrate', 'billing_rw', 3600, '${mainRule}')`);
  const [secret] = await procedure(connection, 'CALL joblease.new_password()');
  const [settings] = await admin('SELECT name FROM joblease.settings');
  const name = String(settings?.['name']);
  return {
    kind,
    issuer,
    name,
    port: Number(portText === '' ? '3306' : portText),
    admin,
    adminSession,
    script,
    visitor: async () => await connect('joblease_gate', String(secret?.['password'])),
    login: connect,
    // The call itself takes no line breaks; whoever attacks is not bound to it.
    audience: (request) => `${name}#${createHash('sha256').update(request.join('\n')).digest('hex')}`,
    async [Symbol.asyncDispose]() {
      await clear(admin);
      await connection.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function clear(admin: Gate['admin']): Promise<void> {
  const users = await admin(
    `SELECT CONCAT('''', User, '''@''', Host, '''') AS name FROM mysql.user WHERE (User LIKE 'joblease|_%' ESCAPE '|' OR User LIKE 'jl|_%' ESCAPE '|') AND Host <> ''`,
  );
  await admin('DROP DATABASE IF EXISTS joblease');
  for (const { name } of users) await admin(`DROP USER IF EXISTS ${String(name)}`);
}

/** The rows of a procedure's result. */
export async function procedure(
  client: mysql.Connection,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const [results] = await client.query(sql, values);
  const [first] = Array.isArray(results) ? (results as unknown[]) : [];
  return Array.isArray(first) ? (first as Record<string, unknown>[]) : [];
}

/** Calls the gate. */
export async function call(client: mysql.Connection, name: string, ...values: unknown[]): Promise<Answer> {
  const marks = values.map(() => '?').join(', ');
  const [row] = await procedure(client, `CALL joblease.${name}(${marks})`, values);
  const result = row?.['result'];
  return (typeof result === 'string' ? JSON.parse(result) : result) as Answer;
}

/** The lease ends itself. Whoever ends what is over may take its session away before it has read the answer. */
export async function endItself(lease: mysql.Connection): Promise<void> {
  const answer = await call(lease, 'end_me').catch((error: unknown) => error);
  if (!(answer instanceof Error)) expect(answer).toEqual({ ok: true, state: 'disabled' });
  else expect(answer).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
}

export function wish(gate: Gate, changes: Partial<Wish> = {}): Wish {
  const password = newPassword();
  return {
    role: 'migrate',
    principal: newPrincipal('migrate', new Date(Date.now() + 3_600_000)),
    password,
    verifier: gate.kind === 'mysql' ? cachingSha2Verifier(password) : nativeVerifier(password),
    ttl: 600,
    heartbeat: 0,
    ...changes,
  };
}

export function linesOf({ role, principal, verifier, ttl, heartbeat }: Wish): GateRequest {
  return ['mint', role, principal, verifier, ttl, heartbeat];
}

export async function mint(
  gate: Gate,
  client: mysql.Connection,
  wanted: Wish,
  claims?: Claims,
  header?: Claims,
): Promise<Answer> {
  const token = gate.issuer.token(gate.audience(linesOf(wanted)), claims, header);
  return await mintWith(client, wanted, token);
}

export async function mintWith(client: mysql.Connection, wanted: Wish, token: string): Promise<Answer> {
  const { role, principal, verifier, ttl, heartbeat } = wanted;
  return await call(client, 'mint', token, role, principal, verifier, ttl, heartbeat);
}
