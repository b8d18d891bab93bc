/** What the log makes of texts that others supplied, and what a step makes of signals. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { say } from '../../src/runner/log.ts';

it.each([
  ['::set-output name=x::y'],
  ['  ::add-mask::billing'],
  ['an error ##[add-mask]billing'],
  ['##[set-env name=PATH]/evil'],
  ['first\r::error::forged'],
  ['first\r\n::error::forged'],
  ['first\n\t::stop-commands::x'],
  ...[0x85, 0xa0, 0x0b, 0x0c, 0x1680, 0x2003, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].map((code) => [
    `first\n${String.fromCharCode(code)} ::add-mask::revoked`,
  ]),
])('say(%j) is no command of the runner, in any of its lines', (message) => {
  let written = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
  say(message);
  write.mockRestore();
  expect(written).not.toBe('');
  expect(written).not.toContain('\r');
  // ActionCommand.cs: `::` where a line begins, blanks apart; `##[` anywhere.
  expect(written).not.toMatch(/^[\s\u0085]*::|##\[/m);
});

it.each(['SIGINT', 'SIGTERM'] as const)('%s stops no step at once: it may undo what it has begun', async (signal) => {
  const module = JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'runner', 'interruption.ts'));
  const script = `const { interruption } = await import(${module});
    const cancelled = interruption();
    console.log('ready');
    const alive = setInterval(() => {}, 1000);
    cancelled.addEventListener('abort', () => setTimeout(() => {
      console.log('undone: ' + cancelled.reason.message);
      clearInterval(alive);
    }, 200));`;
  const step = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const output = text(step.stdout);
  await once(step.stdout, 'data');
  step.kill(signal);
  const [code] = (await once(step, 'exit')) as [number | null];
  expect(await output).toContain('undone: the step was cancelled');
  expect(code).toBe(0);
});
