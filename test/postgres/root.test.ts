import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/lease/errors.ts';
import { formatUrl, rootInput, type PostgresRoot } from '../../src/engines/postgres/root.ts';
import { refusal } from '../lease/refusal.ts';

function parse(url: string): PostgresRoot {
  const [root, ...more] = rootInput.parse(url, 'root');
  expect(more).toEqual([]);
  if (root === undefined) throw new Error('there is no root');
  return root;
}

function hosts(url: string): string[] {
  return parse(url).hosts.map(({ host, port }) => `${host} ${port}`);
}

const wellFormed = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: fc.constantFrom(...':/?#[]@!$&\'()*+,;=% "\\\n\r\t'.split(''), '%41', 'ä', '🦊'), minLength: 1 }),
);
const port = fc.integer({ min: 1, max: 65_535 });

describe('a root URL', () => {
  test('is taken apart', () => {
    const url =
      'postgres://joblease:s3cret@db.example.com:6543/billing?sslmode=verify-ca&sslrootcert=/etc/ca.pem&target_session_attrs=read-write';
    expect(parse(url)).toEqual({
      url,
      hosts: [{ host: 'db.example.com', port: 6543 }],
      user: 'joblease',
      password: 's3cret',
      database: 'billing',
      sslmode: 'verify-ca',
      sslrootcert: '/etc/ca.pem',
      channelBinding: 'prefer',
      applicationName: undefined,
      connectTimeoutSeconds: undefined,
      secrets: [url, 's3cret'],
    });
  });

  test.each([
    'postgres://app@db',
    'postgresql://app:@db',
    'postgres://app@db/',
    'postgresql://app@db?',
    'postgres://app@db/?',
  ])('has defaults: %s', (url) => {
    expect(parse(url)).toEqual({
      url,
      hosts: [{ host: 'db', port: 5432 }],
      user: 'app',
      password: '',
      database: 'app',
      sslmode: 'verify-full',
      sslrootcert: undefined,
      channelBinding: 'prefer',
      applicationName: undefined,
      connectTimeoutSeconds: undefined,
      secrets: [url],
    });
  });

  test.each([
    ['db.example.com', ['db.example.com 5432']],
    ['db:1', ['db 1']],
    ['db:65535', ['db 65535']],
    ['db:', ['db 5432']],
    ['a,b', ['a 5432', 'b 5432']],
    ['a:1,b:2,c', ['a 1', 'b 2', 'c 5432']],
    ['127.0.0.1:5433', ['127.0.0.1 5433']],
    ['[::1]', ['::1 5432']],
    ['[2001:db8::1]:5433,[::1]', ['2001:db8::1 5433', '::1 5432']],
    ['[fe80::1%25eth0]:5433', ['fe80::1%eth0 5433']],
    ['%2Fvar%2Frun%2Fpostgresql', ['/var/run/postgresql 5432']],
    ['my_db-1.internal', ['my_db-1.internal 5432']],
  ])('names its hosts in the authority: %s', (authority, expected) => {
    expect(hosts(`postgres://u:p@${authority}/d`)).toEqual(expected);
  });

  test.each([
    ['/d?host=db', ['db 5432']],
    ['db:1/d?host=&port=', ['db 1']],
    ['/d?host=db&port=6543', ['db 6543']],
    ['/d?host=a,b&port=1,2', ['a 1', 'b 2']],
    ['/d?host=a,b&port=6543', ['a 6543', 'b 6543']],
    ['/d?host=a,b&port=,2', ['a 5432', 'b 2']],
    ['/d?port=1,2&host=a%2Cb', ['a 1', 'b 2']],
    ['?host=/var/run/postgresql', ['/var/run/postgresql 5432']],
    ['/d?host=%2Fvar%2Frun%2Fpostgresql&port=5433', ['/var/run/postgresql 5433']],
    ['/d?host=::1', ['::1 5432']],
    ['/d?host=fe80::1%25eth0&port=1', ['fe80::1%eth0 1']],
    ['old/d?host=new', ['new 5432']],
    // As in libpq the query replaces hosts and ports of the authority each by itself.
    ['db/d?port=6543', ['db 6543']],
    ['a,b/d?port=1,2', ['a 1', 'b 2']],
    ['db:1/d?port=2', ['db 2']],
    ['old:6543/d?host=new', ['new 6543']],
    [':5433/d?host=/tmp', ['/tmp 5433']],
  ])('names them in the query: %s', (rest, expected) => {
    expect(hosts(`postgres://u:p@${rest}`)).toEqual(expected);
  });

  test('may list many hosts', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(host, port), { minLength: 1, maxLength: 4 }), (pairs) => {
        const expected = pairs.map(([name, number]) => `${name.replaceAll(/[[\]]/g, '')} ${number}`);
        const authority = pairs.map(([name, number]) => `${name}:${number}`).join(',');
        expect(hosts(`postgres://u:p@${authority}/d`)).toEqual(expected);
        const names = encodeURIComponent(pairs.map(([name]) => name).join(','));
        const numbers = pairs.map(([, number]) => number).join(',');
        expect(hosts(`postgres://u:p@/d?host=${names}&port=${numbers}`)).toEqual(expected);
      }),
    );
  });

  test('percent-encodes user, password and database', () => {
    expect(parse('postgres://us%40er:p%3A%2F%3F%23%25%C3%A4@db/b%2F%F0%9F%A6%8A')).toMatchObject({
      user: 'us@er',
      password: 'p:/?#%ä',
      database: 'b/🦊',
    });
    expect(parse('postgres://u:a:b+c@db')).toMatchObject({ user: 'u', password: 'a:b+c' });
  });

  test('takes a plus sign in its query as it stands, as libpq does', () => {
    expect(parse('postgres://u:p@db?sslrootcert=/opt/c++/ca%20x.pem').sslrootcert).toBe('/opt/c++/ca x.pem');
  });

  test('its password is masked, encoded or not', () => {
    const url = 'postgres://u:p%40ss@db';
    expect(parse(url).secrets).toEqual([url, 'p@ss', 'p%40ss']);
  });

  test.each(['disable', 'require', 'verify-ca', 'verify-full'])('takes sslmode=%s', (sslmode) => {
    expect(parse(`postgres://u:p@db?sslmode=${sslmode}`).sslmode).toBe(sslmode);
  });
});

describe('several root URLs', () => {
  test('stand one per line, in order', () => {
    const roots = rootInput.parse('postgres://a:1@x\n\n  postgres://b:2@y\r\npostgres://c:3@z\r', 'root');
    expect(roots.map(({ user }) => user)).toEqual(['a', 'b', 'c']);
    expect(roots.map(({ secrets }) => secrets[1])).toEqual(['1', '2', '3']);
  });

  test('the line that is wrong is told', () => {
    expect(refusal(() => rootInput.parse('postgres://a:1@x\nmysql://b:2@y', 'root')).message).toContain('in line 2');
    expect(refusal(() => rootInput.parse('mysql://b:2@y', 'root')).message).not.toContain('line');
  });
});

function login(user: string, password: string, database: string): Parameters<typeof formatUrl>[0] {
  return { user, password, database, sslmode: 'verify-full', channelBinding: 'prefer' };
}

describe('formatUrl', () => {
  test('is what clients know', () => {
    const url = formatUrl(login('jl_x', 'p-_', 'billing'), { host: 'db.example.com', port: 5432 }, undefined);
    expect(url).toBe('postgres://jl_x:p-_@db.example.com:5432/billing?sslmode=verify-full');
  });

  test('is read back the same, whatever the texts hold', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('::1', 'fe80::1%eth0', '/var/run/postgresql', '/tmp/a%41', '/tmp'),
    );
    const path = fc.option(fc.constantFrom('/etc/ca.pem', 'system', '/a b/c+d%41/ä&x=y#?.pem'), { nil: undefined });
    fc.assert(
      fc.property(
        wellFormed,
        wellFormed,
        wellFormed,
        host,
        port,
        path,
        (user, password, database, name, number, ca) => {
          const url = formatUrl(login(user, password, database), { host: name, port: number }, ca);
          expect(url).toMatch(/^[!-~]+$/);
          expect(parse(url)).toEqual({
            url,
            ...login(user, password, database),
            hosts: [{ host: name, port: number }],
            sslrootcert: ca,
            applicationName: undefined,
            connectTimeoutSeconds: undefined,
            secrets: [...new Set([url, password, encodeURIComponent(password)])],
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  test('keeps user and password apart for the reader in Node, too', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (user, password) => {
        const url = formatUrl(login(user, password, 'd'), { host: 'db.example.com', port: 6543 }, undefined);
        const { username, password: secret, host, pathname } = new URL(url);
        expect([username, secret].map(decodeURIComponent)).toEqual([user, password]);
        expect([host, pathname]).toEqual(['db.example.com:6543', '/d']);
      }),
    );
  });

  test.each([
    ['db.example.com', 6543],
    ['10.0.0.1', 5432],
    ['/var/run/postgresql', 5433],
  ])('is understood by the pg client, host %s', (host, number) => {
    const url = formatUrl(login('a@b:c', 'p/?#%41 ü', 'billing'), { host, port: number }, undefined);
    const client = new pg.Client({ connectionString: url });
    const { user, password, database } = client;
    expect({ host: client.host, port: client.port, user, password, database }).toEqual({
      host,
      port: number,
      user: 'a@b:c',
      password: 'p/?#%41 ü',
      database: 'billing',
    });
  });

  test('writes no plus sign for a blank: libpq would read it as a plus sign', () => {
    const url = formatUrl(login('u', 'p', 'd'), { host: 'db', port: 1 }, '/my certs/c++.pem');
    expect(url.split('&')[1]).toBe('sslrootcert=%2Fmy%20certs%2Fc%2B%2B.pem');
  });
});

describe('a parameter of another client', () => {
  test.each([
    ['sslnegotiation', 'direct', 'Remove it: TLS is asked for before it begins'],
    ['gssencmode', 'disable', 'Remove it: there is no Kerberos here'],
    ['options', 'endpoint%3Dep-cool-1', 'ALTER ROLE "{{name}}" SET name = value'],
    ['pgbouncer', 'true', 'Remove it: nothing is prepared here'],
    ['schema', 'public', 'ALTER ROLE "{{name}}" SET search_path'],
    ['currentSchema', 'app', 'ALTER ROLE "{{name}}" SET search_path'],
    ['connection_limit', '5', 'the input "connection-limit"'],
    ['ssl', 'true', 'Write sslmode=verify-full'],
    ['sslcert', '/c.pem', 'Give root a password'],
    ['sslfactory', 'x', 'the input "tls-ca"'],
    ['user', 'joblease', 'before the host'],
    ['keepalives', '1', 'connect_timeout'],
    ['targetServerType', 'primary', 'target_session_attrs=read-write'],
    ['ApplicationName', 'ci', 'Write application_name'],
  ])('is named, and what to do: %s', (name, value, advice) => {
    const error = refusal(() => rootInput.parse(`postgres://u:p4ss@db/d?${name}=${value}`, 'root'));
    expect(error.message).toContain(`Input "root": the parameter "${name}" is not supported`);
    expect(error.message).toContain(advice);
    expect(error.message).not.toContain('p4ss');
  });

  test('is read where it means the same here, as Neon prints it', () => {
    const root = parse(
      'postgresql://u:p@ep-x.aws.neon.tech/neondb?sslmode=require&channel_binding=require&application_name=ci+x&connect_timeout=10',
    );
    expect(root).toMatchObject({ channelBinding: 'require', applicationName: 'ci+x', connectTimeoutSeconds: 10 });
    expect(parse('postgres://u:p@db?connect_timeout=0').connectTimeoutSeconds).toBeUndefined();
    expect(formatUrl(root, { host: 'h', port: 1 }, undefined)).toContain('&channel_binding=require');
  });
});

/** Every kind of refusal, each with a URL that causes it. */
const refusals: [problem: string, url: string][] = [
  ['it is empty', ''],
  ['it is empty', ' \n \r\n'],
  ['it is not a PostgreSQL URL', 'db.example.com'],
  ['it is not a PostgreSQL URL', 'mysql://u:p@db'],
  ['it is not a PostgreSQL URL', 'postgres:/u:p@db'],
  ['it is not a PostgreSQL URL', 'POSTGRES://u:p@db'],
  ['it is not a PostgreSQL URL', 'postgres://u:p@x@db'],
  ['it is not a PostgreSQL URL', 'postgres://u:p#x@db'],
  ['it is not a PostgreSQL URL', 'postgres://u:p/x@db'],
  ['it is not a PostgreSQL URL', 'postgres://u:p@db/d#x'],
  ['it holds a "%" that is not part of a percent-encoded character', 'postgres://u:p%zz@db'],
  ['it holds a "%" that is not part of a percent-encoded character', 'postgres://u%:p@db'],
  ['it holds a "%" that is not part of a percent-encoded character', 'postgres://u:%ff@db'],
  ['it holds a "%" that is not part of a percent-encoded character', 'postgres://u:p@db/%'],
  ['it holds a "%" that is not part of a percent-encoded character', 'postgres://u:p@%/d'],
  ['the user name is missing', 'postgres://db'],
  ['the user name is missing', 'postgres://:p@db'],
  ['the user name is missing', 'postgres://@db'],
  ['a "?" stands before the "@"', 'postgres://u:p?x@db/d?sslmode=require'],
  ['its channel_binding is not supported', 'postgres://u:p@db?channel_binding=yes'],
  ['its channel_binding=require needs TLS', 'postgres://u:p@db?sslmode=disable&channel_binding=require'],
  ['its connect_timeout is not a number of seconds', 'postgres://u:p@db?sslmode=require&connect_timeout=5s'],
  ['its sslrootcert is not a path', 'postgres://u:p@db?sslrootcert=-----BEGIN%20CERTIFICATE-----'],
  ['a parameter is not supported', 'postgres://u:p@db?word=x'],
  ['a parameter is not supported', 'postgres://u:p@db?SSLMODE=require'],
  ['its sslmode is not supported', 'postgres://u:p@db?sslmode=prefer'],
  ['its sslmode is not supported', 'postgres://u:p@db?sslmode=allow'],
  ['its sslmode is not supported', 'postgres://u:p@db?sslmode='],
  ['its target_session_attrs is not supported', 'postgres://u:p@db?target_session_attrs=standby'],
  ['a host name is missing', 'postgres://u:p@'],
  ['a host name is missing', 'postgres://u:p@:5432/d'],
  ['a host name is missing', 'postgres://u:p@a,,b/d'],
  ['a host name is missing', 'postgres://u:p@/d?host=a,'],
  ['a host name is missing', 'postgres://u:p@::1/d'],
  ['a host name holds characters that no host name has', 'postgres://u:p@a b/d'],
  ['a host name holds characters that no host name has', 'postgres://u:p@a%0Ab/d'],
  ['a host name holds characters that no host name has', 'postgres://u:p@b%C3%BCro/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@db:0/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@db:65536/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@db:http/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@db:0x10/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@db:1e3/d'],
  ['a port is not a number from 1 to 65535', 'postgres://u:p@/d?host=db&port=-1'],
  ['there is not one port for each host', 'postgres://u:p@/d?host=a,b,c&port=1,2'],
];

/** All that an error shows anywhere. */
function shown(error: UserError): string {
  return [error.message, JSON.stringify(error.details), error.cause instanceof Error ? String(error.cause) : ''].join(
    '\n',
  );
}

describe('a wrong root', () => {
  test.each(refusals)('%s: %j', (problem, url) => {
    const error = refusal(() => rootInput.parse(url, 'root'));
    expect(error.message.split('\n')[0]).toBe(`Input "root": ${problem}`);
    expect(error.details.input).toBe('root');
    expect(error.details.fix).toMatch(/\.$/);
  });

  test('says that forks and Dependabot get no secrets when it is empty', () => {
    expect(refusal(() => rootInput.parse('', 'root')).message).toMatch(/fork.*Dependabot/);
  });

  describe('does not repeat anything of a password', () => {
    // What errors say anyway tells nothing about a password, even where it has the same four letters.
    const vocabulary = refusals.map(([, url]) => refusal(() => rootInput.parse(url, 'root')).message).join('\n');

    function pieces(text: string): string[] {
      const units = Array.from({ length: Math.max(0, text.length - 3) }, (_, i) => text.slice(i, i + 4));
      return units.filter((piece) => !vocabulary.includes(piece) && !/in line \d/.test(piece));
    }

    const word = fc.stringMatching(/^[a-z_]{4,9}$/);
    const hostile = fc
      .array(
        fc.oneof(
          { weight: 3, arbitrary: word },
          {
            weight: 4,
            arbitrary: fc.constantFrom(
              ...'@@??&&==##//::%,[];+ \n\r\t'.split(''),
              '%zz',
              '%41',
              '@h',
              '?host=',
              '&port=',
            ),
          },
          fc.constantFrom('sslmode=', 'postgres://', '@db:', '//', '?sslmode=prefer&', '?target_session_attrs='),
          fc.string({ unit: 'binary', maxLength: 6 }),
        ),
        { minLength: 1, maxLength: 8 },
      )
      .map((parts) => parts.join(''));
    const place = fc.constantFrom<(password: string) => string>(
      (password) => `postgres://joblease:${password}@db.example.com:5432/billing?sslmode=verify-full`,
      (password) => `postgres://joblease:${password}@db.example.com`,
      (password) => `postgres://${password}@db.example.com/billing`,
      (password) => `postgres://joblease@db.example.com/billing?sslmode=require&password=${password}`,
      (password) => `postgres:joblease:${password}@db.example.com/billing`,
      (password) => password,
    );

    test.each([
      'xyzzyhunter@x?xyzzyhunter=x',
      'a@ss?xyzzyhunter',
      'a@b?sslmode=xyzzyhunter',
      'a@b?x&xyzzyhunter=',
      'a@xyzzyhunter:xyzzyhunter',
      'a@b:xyzzyhunter?',
      'a@b?host=xyzzyhunter!',
      'a@b?port=xyzzyhunter&host=xyzzyhunter',
      'a%xyzzyhunter',
      'xyzzyhunter\nxyzzyhunter',
      'a@b?target_session_attrs=xyzzyhunter',
    ])('%j', (password) => {
      const error = refusal(() => rootInput.parse(`postgres://u:${password}@db.example.com/d`, 'root'));
      expect(pieces('xyzzyhunter')).toHaveLength(8);
      expect(pieces('xyzzyhunter').filter((piece) => shown(error).includes(piece))).toEqual([]);
    });

    test('however it stands in the URL', () => {
      const problems = new Set<string>();
      fc.assert(
        fc.property(hostile, place, (password, url) => {
          try {
            rootInput.parse(url(password), 'root');
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
            problems.add(error.message.replace(/ in line \d+/, ''));
            expect(error.details.input).toBe('root');
            const text = shown(error);
            expect(pieces(password).filter((piece) => text.includes(piece))).toEqual([]);
          }
        }),
        { numRuns: 5000 },
      );
      // Most kinds of refusal were met on the way.
      expect(problems.size).toBeGreaterThan(5);
    });
  });
});
