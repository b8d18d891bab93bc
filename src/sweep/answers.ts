/** What GitHub told earlier steps of this job: a job that sweeps several targets asks for the same runs again. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Answers } from '../github/jobs.ts';

/** @returns what the file holds; nothing when there is none, or it cannot be read */
export async function loadAnswers(path: string): Promise<Answers> {
  try {
    return new Map(JSON.parse(await readFile(path, 'utf8')) as [string, { etag: string; told: unknown }][]);
  } catch {
    return new Map();
  }
}

export async function saveAnswers(path: string, answers: Answers): Promise<void> {
  // It only saves requests, so the sweep does not fail for it.
  await writeFile(path, JSON.stringify([...answers]), { mode: 0o600 }).catch(() => undefined);
}
