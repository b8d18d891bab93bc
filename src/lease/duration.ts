import { UserError } from './errors.ts';

/** In hours. Far beyond any sensible lease, and short enough that every name and record can hold its end. */
const most = 876_000;

const secondsPerUnit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/**
 * Reads a duration as Vault and Go write it (`90s`, `30m`, `1h30m`), or plain seconds.
 *
 * @returns whole seconds, at least 1 and at most a century
 * @throws UserError naming `input` when the text is not such a duration
 */
export function parseDuration(text: string, input: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : sumOfUnits(text);
  if (seconds === undefined || !Number.isSafeInteger(seconds)) {
    throw new UserError(`${JSON.stringify(text)} is not a duration`, {
      input,
      fix: 'Write hours, minutes and seconds like 1h, 30m, 90s or 1h30m, or a number of seconds.',
    });
  }
  if (seconds < 1) throw new UserError('a duration must be at least one second', { input });
  if (seconds > most * 3600) throw new UserError(`a duration must be at most ${most}h`, { input });
  return seconds;
}

/** `5400` → `1h30m`; {@link parseDuration} reads it back as the same number. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  let text = '';
  for (const [unit, size] of Object.entries(secondsPerUnit)) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

function sumOfUnits(text: string): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (parts === null || text === '') return undefined;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number((part as string | undefined) ?? 0));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}
