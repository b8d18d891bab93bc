import { describe, expect, test } from 'vitest';
import { CommandProcessor, parseCommand } from './commands.ts';

const KNOWN = new Set(['warning', 'add-mask']);

describe('parseCommand', () => {
  test.each([
    ['::warning::text', { name: 'warning', properties: {}, data: 'text' }],
    ['  ::WARNING::text', { name: 'warning', properties: {}, data: 'text' }],
    ['::warning file=a%2Cb,title=x%3Ay%25::1%0A2%0D%250A', { file: 'a,b', title: 'x:y%' }, '1\n2\r%0A'],
    ['::warning::a::b', { name: 'warning', properties: {}, data: 'a::b' }],
    ['behind ##[warning file=a;line=2]text%5D', { file: 'a', line: '2' }, 'text]'],
    ['::other::##[warning]text', { name: 'warning', properties: {}, data: 'text' }],
  ])('finds the command in %j', (line, expected, data?: string) => {
    const command = data === undefined ? expected : { name: 'warning', properties: expected, data };
    expect(parseCommand(line, KNOWN)).toEqual(command);
  });

  test.each(['text ::warning::x', '::warning', '::other::x', '##[other]x', '##[warning', ''])(
    'finds none in %j',
    (line) => {
      expect(parseCommand(line, KNOWN)).toBeUndefined();
    },
  );
});

describe('CommandProcessor', () => {
  test('takes nothing for a command between stop-commands and its token', () => {
    expect(doing(['::stop-commands::t0ken', '::add-mask::a', '##[add-mask]a', '::T0KEN::', '::add-mask::b'])).toEqual([
      '::stop-commands::t0ken',
      '::add-mask::a',
      '##[add-mask]a',
      '::T0KEN::',
      'debug Resume processing commands',
      'mask b',
    ]);
  });

  test.each(['', 'pause-logging', 'add-mask'])('refuses %j as the token of stop-commands', (token) => {
    expect(doing([`::stop-commands::${token}`, '::add-mask::b'])).toEqual([
      `error Unable to process command '::stop-commands::${token}' successfully.`,
      expect.stringContaining('error You cannot use a endToken'),
      'fail',
      'mask b',
    ]);
  });

  test('still carries out the deprecated commands, and not those that were disabled', () => {
    expect(doing(['::set-output name=a::b', '::save-state name=c::d', '::set-env name=e::f'])).toEqual([
      expect.stringContaining('warning The `set-output` command is deprecated'),
      'output a=b',
      expect.stringContaining('warning The `save-state` command is deprecated'),
      'state c=d',
      "error Unable to process command '::set-env name=e::f' successfully.",
      expect.stringContaining('error The `set-env` command is disabled'),
      'fail',
    ]);
  });

  test('echoes commands when asked to, but nothing that may hold a secret', () => {
    expect(doing(['::echo::on', '::group::g', '::add-mask::s3cret', '::echo::off', '::group::h'])).toEqual([
      '::group::g',
      '##[group]g',
      '::add-mask::***',
      'mask s3cret',
      '::echo::off',
      '##[group]h',
    ]);
  });

  test('warns of an empty mask', () => {
    expect(doing(['::add-mask:: '])).toEqual([
      "warning Can't add secret mask for empty string in ##[add-mask] command.",
    ]);
  });
});

/** What a processor does with some lines, as text. */
function doing(lines: string[], echo = false): string[] {
  const done: string[] = [];
  const processor = new CommandProcessor(
    {
      write: (line) => done.push(line),
      debug: (message) => done.push(`debug ${message}`),
      issue: (level, message) => done.push(`${level} ${message}`),
      addMask: (value) => done.push(`mask ${value}`),
      setOutput: (name, value) => done.push(`output ${name}=${value}`),
      saveState: (name, value) => done.push(`state ${name}=${value}`),
      fail: () => done.push('fail'),
    },
    echo,
  );
  for (const line of lines) processor.process(line);
  return done;
}
