/** PostgreSQL's verification of RS256 and Node's say the same of every token, good or tampered with. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedPostgres } from '../services/postgres.ts';
import { newIssuer, type Issuer } from './issuer.ts';
import { rows, startGate, type Gate } from './postgres-gate.ts';
import { isGood, tampered } from './tampering.ts';

const versions: { readonly version: string; readonly bin?: string }[] = [
  { version: '18' },
  ...installedPostgres().filter(({ version }) => version === '15'),
];

describe.each(versions)('RS256 on PostgreSQL $version', ({ bin }) => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate(bin === undefined ? {} : { bin });
  });
  afterAll(async () => {
    await gate[Symbol.asyncDispose]();
  });

  /** What the gate says of tokens by a key. */
  async function verdicts(issuer: Issuer, tokens: readonly string[]): Promise<boolean[]> {
    const answers = await rows<{ good: boolean }>(
      gate.admin,
      'SELECT joblease.rs256(token, joblease.base64url($1)) AS good FROM unnest($2::text[]) WITH ORDINALITY AS t (token, n) ORDER BY n',
      [issuer.n, tokens],
    );
    return answers.map(({ good }) => good);
  }

  it('has no other opinion than Node of random keys, tokens and tamperings', { timeout: 300_000 }, async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2048, 2048, 2048, 3072, 4096),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 2000 }),
        fc.array(fc.record({ part: fc.nat(2), at: fc.nat(), bit: fc.nat(7) }), { minLength: 8, maxLength: 8 }),
        async (bits, body, flips) => {
          const issuer = newIssuer('k', bits);
          const tokens = [...tampered(issuer, issuer.signText(body), flips), newIssuer('k', 2048).signText(body)];
          const said = await verdicts(issuer, tokens);
          const known = tokens.map((token) => isGood(issuer, token));
          expect(said).toEqual(known);
          expect(said[0]).toBe(true);
          expect(said.filter(Boolean).length).toBeLessThan(tokens.length / 2);
          seen += tokens.length;
        },
      ),
      { numRuns: 15 },
    );
    expect(seen).toBeGreaterThan(400);
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
});
