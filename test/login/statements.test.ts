import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mentions, renderStatements } from '../../src/engines/login/statements.ts';
import { refusal } from '../lease/refusal.ts';

const values = {
  name: 'jl_0tdvx00_app_0123456789abc',
  password: 'SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$a+/=:b+/=',
  expiration: '2026-07-01 12:00:00+00',
};
const input = 'creation-statements';

describe('renderStatements', () => {
  test.each([
    ['name', values.name],
    ['username', values.name],
    ['password', values.password],
    ['expiration', values.expiration],
  ])('puts the value of {{%s}}, with and without blanks, every time', (name, value) => {
    const text = `a {{${name}}} b {{ ${name} }} c {{\t${name}\n}} d {{${name}  }}{{  ${name}}}`;
    expect(renderStatements(text, values, input)).toBe(`a ${value} b ${value} c ${value} d ${value}${value}`);
  });

  test('renders statements as Vault has them', () => {
    const statements = `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';\n GRANT app TO "{{name}}";`;
    expect(renderStatements(statements, values, input)).toBe(
      `CREATE ROLE "${values.name}" WITH LOGIN PASSWORD '${values.password}' VALID UNTIL '${values.expiration}';\n GRANT app TO "${values.name}";`,
    );
  });

  test.each([
    "$& $1 $$ $` $' \\1 %s",
    "DO $x$ BEGIN RAISE NOTICE '%', '{'; END $x$;",
    '{name}',
    '{{}}',
    '{{ }}',
    '{{1,2},{3,4}}',
    '{{na me}}',
    '{ {name} }',
    '{{name}',
    '{{role-name}}',
    '🦊 \ud800 \0 \r\n',
    '',
  ])('leaves all other text as it is: %j', (text) => {
    expect(renderStatements(text, values, input)).toBe(text);
  });

  test('leaves any text around a variable as it is', () => {
    const around = fc.string({ unit: 'binary' }).filter((text) => !/[{}]/.test(text));
    const between = fc.oneof(around, fc.constantFrom('$&', '$1', '$$', "$'", '$`', '$<name>', '\\$&'));
    fc.assert(
      fc.property(between, between, (before, after) => {
        expect(renderStatements(`${before}{{name}}${after}`, values, input)).toBe(`${before}${values.name}${after}`);
      }),
    );
  });

  test('does not expand what a value brings in', () => {
    const odd = { name: '$1', password: 'a$.b', expiration: '' };
    expect(renderStatements('{{{name}}}/{{ password }}/{{expiration}}.', odd, input)).toBe('{$1}/a$.b/.');
  });

  test.each([
    'user',
    'Name',
    'NAME',
    'passwords',
    'expiry',
    'role',
    '_',
    'name1',
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
  ])('names the variable that does not exist: %s', (name) => {
    const { message, details } = refusal(() => renderStatements(`SELECT 1; {{ ${name} }}`, values, input));
    expect(details.input).toBe(input);
    expect(message).toContain(`there is no variable {{${name}}}`);
    expect(details.fix).toBe('There are {{name}}, {{username}}, {{password}}, {{expiration}}.');
  });

  test('offers only the variables that have a value', () => {
    const { message, details } = refusal(() =>
      renderStatements('{{password}}', { name: values.name }, 'revocation-statements'),
    );
    expect(message).toContain('Input "revocation-statements": there is no variable {{password}}');
    expect(details.fix).toBe('There are {{name}}, {{username}}.');
  });

  test.each([...'\'"`;\\#*()[]{}<>,|&!?%@~^\n\r\t\0'.split(''), 'ä', '\u2019', '\uFF07', '🦊', '\uD800', '\u00A0'])(
    'refuses a value with %j, which a statement could misread, and does not show it',
    (character) => {
      for (const value of [`a${character}b`, character, `ab${character}`]) {
        for (const name of ['name', 'password', 'expiration'] as const) {
          const render = (): string => renderStatements(`'{{${name}}}'`, { ...values, [name]: value }, input);
          expect(render).toThrow(RangeError);
          expect(render).toThrow(`the value for {{${name}}} holds characters that a statement could misread`);
        }
      }
    },
  );

  test('refuses a value that begins a comment', () => {
    expect(() => renderStatements('{{name}}', { name: 'a--b' }, input)).toThrow(RangeError);
  });

  test('ends no literal, identifier or comment with any value that it takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4 }), (password) => {
        let rendered;
        try {
          rendered = renderStatements('{{password}}', { password }, input);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(rendered).toBe(password);
        expect(rendered).not.toMatch(/['"`\\;]|--|\/\*|\*\/|[^ -~]/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('mentions', () => {
  test.each(['{{password}}', "x '{{ password }}'", '{{name}} {{\npassword}}'])('finds the variable in %j', (text) => {
    expect(mentions(text, 'password')).toBe(true);
  });

  test.each(['', 'password', '{{passwords}}', '{password}', '{{name}}', '{{ PASSWORD }}'])(
    'does not find it in %j',
    (text) => {
      expect(mentions(text, 'password')).toBe(false);
    },
  );

  test('gives the same answer when asked again', () => {
    expect([1, 2, 3].map(() => mentions('{{password}}', 'password'))).toEqual([true, true, true]);
  });
});
