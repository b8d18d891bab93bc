import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

/** What a step runs, with the whole of its environment: nothing of the emulator's own is added. */
export interface Command {
  argv: readonly [file: string, ...rest: string[]];
  cwd: string;
  env: Record<string, string>;
}

export interface Exit {
  /** 128 and the signal's number for a process that a signal ended, as the runner sees it. */
  exitCode: number;
  signal: NodeJS.Signals | null;
}

/** ProcessInvoker.cs in actions/runner: how long a cancelled process has after each signal. */
const AFTER_SIGINT = 7500;
const AFTER_SIGTERM = 2500;

/** ProcessInvoker.cs: how long more output is waited for when a child of a process that has ended still holds its pipe. */
const OPEN_PIPE_TIMEOUT = 5000;

/** Kills each process that has not ended; none of them outlives this one. */
const living = new Set<() => void>();
process.once('exit', () => {
  for (const kill of living) kill();
});

/**
 * Runs a process to its end and hands on each line that it prints.
 *
 * @param cancel when it fires, the process (not its children) gets SIGINT, 7.5 s later SIGTERM and 2.5 s later SIGKILL. A
 *   signal that has fired before the start counts too.
 * @param kill when it fires, the process and its children are killed at once; children also after the process has ended.
 * @throws Error when the program cannot be started.
 */
export async function runProcess(
  command: Command,
  onLine: (line: string) => void,
  cancel: AbortSignal,
  kill: AbortSignal,
): Promise<Exit> {
  const [file, ...args] = command.argv;
  // Its own process group lets `kill` reach the children; a cancel signals the process alone, as GitHub's runner does.
  const child = spawn(file, args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal });
    });
  });
  readLines(child.stdout, onLine);
  readLines(child.stderr, onLine);

  const ended = new AbortController();
  const onCancel = () => void escalate((signal) => child.kill(signal), ended.signal);
  const onKill = () => signalGroup(child.pid, 'SIGKILL');
  cancel.addEventListener('abort', onCancel, { once: true });
  kill.addEventListener('abort', onKill, { once: true });
  living.add(onKill);
  if (cancel.aborted) onCancel();
  try {
    const exit = await exited;
    await Promise.race([closed, delay(OPEN_PIPE_TIMEOUT, undefined, { signal: ended.signal })]);
    return exit;
  } finally {
    ended.abort();
    cancel.removeEventListener('abort', onCancel);
    // Children that outlive the process live on until `kill`.
    if (!signalGroup(child.pid, 0)) {
      kill.removeEventListener('abort', onKill);
      living.delete(onKill);
    }
  }
}

async function escalate(send: (signal: NodeJS.Signals) => void, ended: AbortSignal): Promise<void> {
  try {
    send('SIGINT');
    await delay(AFTER_SIGINT, undefined, { signal: ended });
    send('SIGTERM');
    await delay(AFTER_SIGTERM, undefined, { signal: ended });
    send('SIGKILL');
  } catch {
    // The process has ended, so the rest of the ladder is not needed.
  }
}

/** Sends a signal to a process group; says whether there was one. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Lines end at `\n`, `\r\n` or a lone `\r`, as in .NET's StreamReader: a `\r` can start a line that holds a command. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    // A trailing "\r" may be the first half of a "\r\n", so it waits for what follows.
    const lines = (rest + decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    const last = (rest + decoder.end()).replace(/\r$/, '');
    if (last !== '') onLine(last);
  });
}
