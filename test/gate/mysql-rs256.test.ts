/** The verification of RS256 on MySQL and MariaDB and Node's say the same of every token, good or tampered with. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { newIssuer, type Issuer } from './issuer.ts';
import { startGate, type Gate } from './mysql-gate.ts';
import { isGood, tampered } from './tampering.ts';

for (const { kind, server } of [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
]) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`RS256 on ${server.name}`, () => {
    let gate: Gate;
    beforeAll(async () => {
      gate = await startGate(kind, server);
    });
    afterAll(async () => {
      await gate[Symbol.asyncDispose]();
    });

    /** What the gate says of tokens by a key. */
    async function verdicts(issuer: Issuer, tokens: readonly string[]): Promise<boolean[]> {
      const session = await gate.adminSession();
      await session.query('CALL joblease.prepare_key(?, @hex, @n, @q, @r2, @problem)', [issuer.n]);
      const said: boolean[] = [];
      for (const token of tokens) {
        await session.query('SET @good = NULL; CALL joblease.rs256(?, @hex, @n, @q, @r2, @good)', [token]);
        const [[row]] = (await session.query('SELECT @good AS good, @problem AS problem')) as unknown as [
          { good: number; problem: string | null }[],
        ];
        expect(row?.problem).toBe(null);
        said.push(row?.good === 1);
      }
      await session.end();
      return said;
    }

    it('has no other opinion than Node of random keys, tokens and tamperings', { timeout: 300_000 }, async () => {
      let seen = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 2000 }),
          fc.array(fc.record({ part: fc.nat(2), at: fc.nat(), bit: fc.nat(7) }), { minLength: 8, maxLength: 8 }),
          async (body, flips) => {
            const issuer = newIssuer('k');
            const tokens = [...tampered(issuer, issuer.signText(body), flips), newIssuer('k').signText(body)];
            const said = await verdicts(issuer, tokens);
            expect(said).toEqual(tokens.map((token) => isGood(issuer, token)));
            expect(said[0]).toBe(true);
            expect(said.filter(Boolean).length).toBeLessThan(tokens.length / 2);
            seen += tokens.length;
          },
        ),
        { numRuns: 10 },
      );
      expect(seen).toBeGreaterThan(300);
    });

    it('reads no token that is longer than 16 KB', async () => {
      const issuer = newIssuer();
      const sized = (size: number): string => {
        const rest = issuer.signText('').length;
        return issuer.signText('x'.repeat(Math.floor(((size - rest) * 3) / 4)));
      };
      const [short, long] = [sized(16_384), sized(16_400)];
      expect([short.length <= 16_384, long.length > 16_384]).toEqual([true, true]);
      expect(await verdicts(issuer, [short, long, 'x'.repeat(1_000_000)])).toEqual([true, false, false]);
    });

    it('takes no key but one of 2048 bits', async () => {
      const session = await gate.adminSession();
      const good = newIssuer().n;
      const even = Buffer.from(good, 'base64url');
      even[255] = (even[255] ?? 0) & 0xfe;
      const small = Buffer.from(good, 'base64url');
      small[0] = 0x7f;
      for (const n of [
        '',
        good.slice(1),
        `${good}A`,
        newIssuer('k', 3072).n,
        even.toString('base64url'),
        small.toString('base64url'),
        good.replace(/^./, '+'),
      ]) {
        await session.query('CALL joblease.prepare_key(LEFT(?, 400), @hex, @n, @q, @r2, @problem)', [n]);
        const [[row]] = (await session.query('SELECT @problem AS problem')) as unknown as [{ problem: string }[]];
        expect(row?.problem).toMatch(/^the (key|modulus) must/);
      }
      await session.end();
    });
  });
}
