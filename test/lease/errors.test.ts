import { describe, expect, test } from 'vitest';
import { messageOf, UserError } from '../../src/lease/errors.ts';

describe('UserError', () => {
  test('says the input, the problem, the answer and the fix, a line each', () => {
    const cause = new Error('raw');
    const details = { input: 'root', said: 'no such role', fix: 'Run: CREATE ROLE app;', cause };
    const error = new UserError('the login failed', details);
    expect(error.message).toBe('Input "root": the login failed\nThe answer was: no such role\nRun: CREATE ROLE app;');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('UserError');
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual(details);
  });

  test('needs the problem only', () => {
    expect(new UserError('it is late').message).toBe('it is late');
  });
});

describe('messageOf', () => {
  test('is the message alone', () => {
    expect(messageOf(Object.assign(new TypeError('boom'), { connection: 'postgres://u:p@h' }))).toBe('boom');
  });

  test('joins what an aggregate without a message holds', () => {
    const inner = new AggregateError([new Error('refused by ::1'), 'timed out']);
    expect(messageOf(new AggregateError([inner, new Error('refused by 127.0.0.1')]))).toBe(
      'refused by ::1; timed out; refused by 127.0.0.1',
    );
    expect(messageOf(new AggregateError([new Error('a')], 'all hosts failed'))).toBe('all hosts failed');
  });

  test.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [7n, '7'],
    [Symbol('s'), 'Symbol(s)'],
  ])('takes anything that was thrown: %s', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
