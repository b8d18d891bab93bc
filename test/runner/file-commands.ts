import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The files of one step, in the order in which the runner processes them (actions/runner, FileCommandManager.cs). */
export const FILE_COMMANDS = ['path', 'env', 'step_summary', 'state', 'output'] as const;

export type FileCommand = (typeof FILE_COMMANDS)[number];

/**
 * Creates the empty files that one step gets as `GITHUB_OUTPUT`, `GITHUB_STATE`, `GITHUB_ENV`, `GITHUB_PATH` and
 * `GITHUB_STEP_SUMMARY`. They stay readable for every later step of the job, as they do on a real runner.
 */
export function createFileCommands(runnerTemp: string): Record<FileCommand, string> {
  const directory = path.join(runnerTemp, '_runner_file_commands');
  mkdirSync(directory, { recursive: true });
  const suffix = randomUUID();
  const create = (prefix: string): string => {
    const file = path.join(directory, prefix + suffix);
    writeFileSync(file, '');
    return file;
  };
  return {
    path: create('add_path_'),
    env: create('set_env_'),
    step_summary: create('step_summary_'),
    state: create('save_state_'),
    output: create('set_output_'),
  };
}

/** A file command's contents; an action may have deleted the file, which is not an error. */
export function readFileCommand(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/^\uFEFF/, '') : '';
}

/**
 * The `name=value` and `name<<DELIMITER` pairs of a GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV file, one at a time: a caller
 * has every pair that stands before a mistake. Whichever of `=` and `<<` comes first in a line decides its form. Only `\n`
 * ends a line (on Linux and macOS).
 *
 * @throws Error with the runner's own text at the first line that has neither form, or no end.
 */
export function* parsePairs(text: string): Generator<[name: string, value: string]> {
  let at = 0;
  const readLine = (): { line: string; ended: boolean } | undefined => {
    if (at >= text.length) return undefined;
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end);
    at = end < 0 ? text.length : end + 1;
    return { line, ended: end >= 0 };
  };

  for (let read = readLine(); read !== undefined; read = readLine()) {
    const { line } = read;
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield [line.slice(0, equals), line.slice(equals + 1)];
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === '' || delimiter === '') {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const start = at;
      let end = at;
      for (let next = readLine(); next?.line !== delimiter; next = readLine()) {
        if (next === undefined) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
        if (!next.ended) throw new Error('Invalid value. EOF marker missing new line.');
        end = at - 1; // without the newline before the delimiter
      }
      yield [name, text.slice(start, end)];
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
}
