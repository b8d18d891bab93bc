import { tmpdir } from 'node:os';

/** Where GitHub's REST API is: another host on GitHub Enterprise Server. */
export function apiUrl(): string {
  const { GITHUB_API_URL: url = '' } = process.env;
  return url === '' ? 'https://api.github.com' : url;
}

/** A directory that the runner empties before and after each job. */
export function temporaryDirectory(): string {
  const { RUNNER_TEMP: directory = '' } = process.env;
  return directory === '' ? tmpdir() : directory;
}
