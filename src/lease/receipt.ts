/**
 * The last line of a secret that a rotation has written: where it was written to, and when. GitHub lets nobody read a
 * secret, so that it comes back in `root` is all that tells which secret `root` comes from.
 */
import { createHash } from 'node:crypto';

export interface Receipt {
  /** `asked`: the next rotation may go on when this comes back; `stored`: a rotation was complete */
  readonly state: 'asked' | 'stored';
  /** by GitHub's clock */
  readonly at: Date;
  /** which secret it was written to: without spaces */
  readonly place: string;
}

const pattern = /^# joblease: (asked|stored) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\S+) (\w+)$/;

/** @returns undefined when this is not, as a whole, what was stored with a receipt */
export function readReceipt(secret: string): Receipt | undefined {
  const lines = rootLines(secret);
  const receipts = linesOf(secret).filter(isReceipt);
  const [, state, at = '', place = '', digest] = pattern.exec(receipts.at(-1) ?? '') ?? [];
  if (state === undefined || receipts.length > 1 || digest !== digestOf(lines)) return undefined;
  return { state: state === 'asked' ? 'asked' : 'stored', at: new Date(at), place };
}

export function withReceipt(secret: string, { state, at, place }: Receipt): string {
  const lines = rootLines(secret);
  const time = at.toISOString().replace(/\.\d+/, '');
  return [...lines, `# joblease: ${state} ${time} ${place} ${digestOf(lines)}`].join('\n');
}

/** Only for the secret itself, next to what it is made of. */
function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** The lines of a secret that hold root: trimmed, none of them empty. */
export function rootLines(secret: string): string[] {
  return linesOf(secret).filter((line) => line !== '' && !isReceipt(line));
}

function linesOf(secret: string): string[] {
  return secret.split(/[\r\n]+/).map((line) => line.trim());
}

function isReceipt(line: string): boolean {
  return line.startsWith('# joblease:');
}
