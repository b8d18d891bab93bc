import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { mariadb, mysql } from '../../src/engines/mysql/declaration.ts';
import { cachingSha2Verifier, nativeVerifier, unusableVerifier } from '../../src/engines/mysql/verifier.ts';
import { formatUrl } from '../../src/engines/mysql/root.ts';
import { messageOf } from '../../src/lease/errors.ts';

function refusal(url: string, engine = mysql): string {
  try {
    engine.root.parse(url, 'root');
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('it should have been refused');
}

it('reads a root URL and writes it again', () => {
  const [root] = mysql.root.parse('mysql://joblease:p%40s%2Fs@db.example.com/billing', 'root');
  expect(root).toMatchObject({
    host: 'db.example.com',
    port: 3306,
    user: 'joblease',
    password: 'p@s/s',
    database: 'billing',
    sslMode: 'VERIFY_IDENTITY',
  });
  const [again] = mysql.root.parse(root === undefined ? '' : formatUrl(root), 'root');
  expect(again).toEqual({ ...root, url: again?.url, secrets: again?.secrets });
  const [six] = mariadb.root.parse('mariadb://u:p@[::1]:3307/?ssl-mode=DISABLED', 'root');
  expect(six).toMatchObject({ host: '::1', port: 3307, database: '', sslMode: 'DISABLED' });
});

it.each([
  ['postgres://u:p4ss@h/d', 'not a mysql URL'],
  ['mariadb://u:p4ss@h/d', 'not a mysql URL'],
  ['mysql://u:p4ss@h/d?ssl-mode=PREFERRED', 'PREFERRED may send everything in the clear'],
  ['mysql://u:p4ss@h/d?sslmode=require', 'the parameter "sslmode" is not supported'],
  ['mysql://u:p4ss@h:70000/d', 'the port is not a number'],
  ['mysql://u:p4ss@/d', 'the host name is missing'],
  ['mysql://:p4ss@h/d', 'the user name is missing'],
  ['mysql://u:p4ss?x@h/d?ssl-mode=REQUIRED', 'a "?" stands before the "@"'],
  ['mysql://u:x@h/d?p4ss=1', 'a parameter is not supported'],
  ['mysql://u:p4ss@h/d?useSSL=true', 'Write ssl-mode=VERIFY_IDENTITY'],
  ['mysql://u:p4ss@h/d?sslaccept=strict', 'Write ssl-mode=VERIFY_IDENTITY'],
  ['mysql://u:p4ss@h/d?ssl-ca=/x.pem', 'the input "tls-ca"'],
  ['mysql://u:p4ss@h/d?connection_limit=5', 'the input "connection-limit"'],
  ['mysql://u:p4ss@h/d?serverTimezone=UTC', 'Remove it'],
  ['mysql://u:p4ss%@h/d', '"%"'],
  ['mysql://u:p4ss@x@h/d', 'not a mysql URL'],
])('refuses %s, and shows none of the password', (url, problem) => {
  const text = refusal(url);
  expect(text).toContain(problem);
  expect(text).not.toContain('p4ss');
});

it('takes no host pattern that quoting could change', () => {
  const input = mysql.inputs['host-pattern'];
  expect(
    ['%', 'localhost', '10.0.0.%', '10.0.0.0/255.255.0.0', '::1'].map((each) => input.parse(each, 'host-pattern')),
  ).toHaveLength(5);
  for (const bad of [`%' IDENTIFIED BY 'x`, '%\\', '`', ''])
    expect(() => input.parse(bad, 'host-pattern')).toThrow('host-pattern');
});

it('hashes passwords as the servers do', () => {
  const twice = createHash('sha1').update(createHash('sha1').update('secret').digest()).digest('hex');
  expect(nativeVerifier('secret')).toBe(`*${twice.toUpperCase()}`);
  expect(unusableVerifier()).not.toBe(unusableVerifier());
  const hashes = Array.from({ length: 20 }, () => cachingSha2Verifier('secret'));
  expect(new Set(hashes).size).toBe(20);
  for (const hash of hashes) expect(hash).toMatch(/^\$A\$005\$[A-Za-z0-9./]{63}$/);
});
