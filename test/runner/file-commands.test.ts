import { expect, test } from 'vitest';
import { parsePairs } from './file-commands.ts';

test.each([
  ['a=b', [['a', 'b']]],
  ['a=b=c<<d', [['a', 'b=c<<d']]],
  ['a=', [['a', '']]],
  ['=b', [['', 'b']]],
  ['\n\na=b\n\n', [['a', 'b']]],
  [
    'a<<EOT\none\n\ntwo\nEOT\nb=c',
    [
      ['a', 'one\n\ntwo'],
      ['b', 'c'],
    ],
  ],
  ['a<<EOT\nEOT\n', [['a', '']]],
  ['a<<EOT\nb=c\n EOT\nEOT', [['a', 'b=c\n EOT']]],
  ['a<<=\nb\n=\n', [['a', 'b']]],
  ['a=b\r\n', [['a', 'b\r']]],
])('reads %j', (text, pairs) => {
  expect([...parsePairs(text)]).toEqual(pairs);
});

test.each([
  ['no form', "Invalid format 'no form'"],
  ['<<EOT\n', "Invalid format '<<EOT'. Name must not be empty and delimiter must not be empty"],
  ['a<<\n', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
  ['a<<EOT\nb\n', "Invalid value. Matching delimiter not found 'EOT'"],
  ['a<<EOT\nb', 'Invalid value. EOF marker missing new line.'],
])('refuses %j', (text, message) => {
  expect(() => [...parsePairs(text)]).toThrow(message);
});

test('has the pairs that stand before a mistake', () => {
  const pairs = parsePairs('lease=jl_1\npassword<<EOT\ncut of');
  expect(pairs.next().value).toEqual(['lease', 'jl_1']);
  expect(() => pairs.next()).toThrow('EOF marker');
});
