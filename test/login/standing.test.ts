/** Where a rotation stands, by the stored lines alone. */
import { describe, expect, it } from 'vitest';
import { mysql } from '../../src/engines/mysql/declaration.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { standingOf, withPassword } from '../../src/engines/login/standing.ts';
import { newRootPassword } from '../../src/engines/login/password.ts';

const ours = (): string => newRootPassword(43, new Date('2026-11-20T00:00:00Z'));
const url = (user: string, password: string, rest = 'db.example.com/billing'): string =>
  `postgres://${user}:${password}@${rest}`;

function standing(...lines: string[]): Record<string, unknown> {
  const { lines: kept, current, pending, other } = standingOf(postgres.root.parse(lines.join('\n'), 'root'));
  return {
    lines: kept.map((root) => root.url),
    current: current.url,
    pending: pending?.url,
    other: other?.url,
  };
}

describe('what a rotation has left', () => {
  const [a, b] = [url('a', 'one'), url('b', 'two')];
  it('one login', () => {
    expect(standing(a)).toEqual({ lines: [a], current: a, pending: undefined, other: undefined });
  });
  it('a pair: the one that is not in use is next', () => {
    expect(standing(a, b)).toEqual({ lines: [a, b], current: b, pending: undefined, other: a });
  });
  it('a login whose new password was written ahead', () => {
    const fresh = url('a', ours());
    expect(standing(a, fresh)).toEqual({ lines: [a], current: a, pending: fresh, other: undefined });
  });
  it('a pair whose idle login’s new password was written ahead', () => {
    const fresh = url('b', ours());
    expect(standing(a, b, fresh)).toEqual({ lines: [a, b], current: b, pending: fresh, other: a });
  });
  it('a login that got a partner while its own rotation stood still', () => {
    const fresh = url('a', ours());
    expect(standing(a, fresh, b)).toEqual({ lines: [a, b], current: a, pending: fresh, other: b });
  });
  it('two passwords that somebody has swapped', () => {
    const older = url('a', newRootPassword(43, new Date('2026-11-19T00:00:00Z')));
    const newer = url('a', ours());
    expect(standing(newer, older)).toEqual(standing(older, newer));
    expect(standing(newer, b, older)).toMatchObject({ current: older, pending: newer });
  });
  it('the same line twice is one', () => {
    expect(standing(a, b, a)).toEqual(standing(a, b));
  });
});

describe('what none can have left', () => {
  it.each<[string, string[], string]>([
    ['another database', [url('a', 'one'), url('b', 'two', 'db.example.com/other')], 'differ in more than user'],
    ['another host', [url('a', 'one'), url('b', 'two', 'db2.example.com/billing')], 'differ in more than user'],
    ['a parameter more', [url('a', 'one'), `${url('b', 'two')}?sslmode=require`], 'differ in more than user'],
    ['a database by the name of the user', [url('a', 'one', 'db'), url('b', 'two', 'db')], 'differ in more than user'],
    ['three logins', ['a', 'b', 'c'].map((user) => url(user, 'one')), 'more lines than a rotation'],
    ['two passwords written ahead', [url('a', 'one'), url('a', ours()), url('a', ours())], 'more lines than'],
    ['both of a pair', [url('a', 'x'), url('b', 'x'), url('a', ours()), url('b', ours())], 'more lines than'],
    ['a password that nobody generated', [url('a', 'one'), url('a', 'two')], 'was not written by a rotation'],
  ])('%s', (_, lines, problem) => {
    expect(() => standing(...lines)).toThrow(problem);
    let message = '';
    try {
      standing(...lines);
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toMatch(/jl-|:\/\//);
  });
});

describe('a new password', () => {
  it.each([
    'postgres://a:one@db.example.com/billing?sslmode=verify-full',
    'postgresql://a%40b:p%25w@[::1]:5433,db2/billing?target_session_attrs=read-write',
    'postgres://a@/billing?host=/run/postgresql&sslmode=disable',
    'postgres://a:@db/billing',
  ])('leaves every other part of %s as it is written', (line) => {
    const [root] = postgres.root.parse(line, 'root');
    if (root === undefined) throw new Error('no root');
    const changed = withPassword(root, 'NEW');
    expect(changed.url).toBe(line.replace(/(\/\/[^:@]*)(:[^@]*)?@/, '$1:NEW@'));
    expect(postgres.root.parse(changed.url, 'root')).toEqual([{ ...changed, secrets: [changed.url, 'NEW'] }]);
  });

  it('in a URL of MySQL too', () => {
    const [root] = mysql.root.parse('mysql://a:one@db:3307/x?ssl-mode=REQUIRED', 'root');
    if (root === undefined) throw new Error('no root');
    expect(withPassword(root, 'NEW').url).toBe('mysql://a:NEW@db:3307/x?ssl-mode=REQUIRED');
  });
});
