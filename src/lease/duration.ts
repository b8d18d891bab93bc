import { UserError } from './errors.ts';

/** Far beyond any sensible lease, and short enough that every name and record can hold its end. */
const mostHours = 876_000;

const secondsPerUnit: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/**
 * Reads a duration as Vault and Go write it (`90s`, `30m`, `1h30m`, `7d`), or plain seconds.
 *
 * @returns whole seconds, at least `least` and at most a century
 * @throws UserError naming `input` when the text is not such a duration
 */
export function parseDuration(text: string, input: string, least = 1): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : sumOfUnits(text);
  if (seconds === undefined || !Number.isSafeInteger(seconds)) {
    throw new UserError(`${JSON.stringify(text)} is not a duration`, {
      input,
      fix: 'Write days, hours, minutes and seconds like 7d, 1h, 30m, 90s or 1h30m, or a number of seconds.',
    });
  }
  if (seconds < least) throw new UserError('a duration must be at least one second', { input });
  if (seconds > mostHours * 3600) throw new UserError(`a duration must be at most ${mostHours}h`, { input });
  return seconds;
}

/**
 * `5400` → `1h30m`; {@link parseDuration} reads it back as the same number. Days only from two on: `24h` is what people
 * write for one.
 */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  let text = '';
  for (const [unit, size] of Object.entries(secondsPerUnit)) {
    if (unit === 'd' && rest < 2 * size) continue;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

function sumOfUnits(text: string): number | undefined {
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (parts === null || text === '') return undefined;
  const sizes = Object.values(secondsPerUnit);
  return parts.slice(1).reduce((sum, part: string | undefined, i) => sum + Number(part ?? 0) * (sizes[i] ?? 0), 0);
}
