/** What docs/keyless.md tells an administrator of PostgreSQL to paste, pasted on a fresh server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { block } from '../docs/blocks.ts';
import { openDesk } from '../docs/desk.ts';
import { findPsql, hasTools } from '../services/clients.ts';
import { startPostgres } from '../services/postgres.ts';
import { newIssuer } from './issuer.ts';

const psql = findPsql();

describe.runIf(psql !== undefined && hasTools())('docs/keyless.md on PostgreSQL', () => {
  it('leads from nothing to a role, and back to nothing', async () => {
    if (psql === undefined) throw new Error('there is no psql');
    await using server = await startPostgres();
    const { username, password, port } = new URL(server.url);
    const published = newIssuer();
    const directory = mkdtempSync(join(tmpdir(), 'joblease-keys-'));
    const jwks = join(directory, 'jwks');
    writeFileSync(jwks, JSON.stringify({ keys: [{ kty: 'RSA', kid: published.kid, n: published.n, e: 'AQAB' }] }));
    using desk = openDesk({
      clients: [psql],
      env: { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: 'postgres' },
      replace: { 'https://token.actions.githubusercontent.com/.well-known/jwks': `file://${jwks}` },
    });
    const query = async (sql: string, database = 'joblease'): Promise<Record<string, unknown>[]> => {
      const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: username, password, database });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };

    desk.paste(block('docs/keyless.md § Install sh #1'));
    await query('CREATE ROLE billing_owner NOLOGIN');
    desk.pasteInto('psql', block('docs/keyless.md § The first role sql #1'));
    expect(await query('SELECT name, groups, allow FROM joblease.roles()')).toEqual([
      {
        name: 'migrate',
        groups: ['billing_owner'],
        allow: [{ repository_id: '77001', environment: 'production', event_name: ['push', 'workflow_dispatch'] }],
      },
    ]);
    desk.pasteInto('psql', `\\connect joblease\n${block('docs/keyless.md § Signing keys sql #1')}`);
    desk.paste(
      `test "$(${block('docs/keyless.md § Signing keys sh #1').trim()})" = '${published.kid} ${published.sha256}' || echo ERROR`,
    );
    desk.pasteInto('psql', `\\connect joblease\n${block('docs/keyless.md § Signing keys sql #2')}`);
    expect(await query('SELECT keeper IS NOT NULL AND sweeper IS NOT NULL AS both FROM joblease.settings')).toEqual([
      { both: true },
    ]);

    desk.pasteInto('psql', block('docs/keyless.md § Upgrade and remove sql #1'));
    desk.paste(block('docs/keyless.md § Upgrade and remove sh #1'));
    expect(await query("SELECT rolname FROM pg_roles WHERE rolname LIKE 'joblease%'", 'postgres')).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});
