import { Buffer } from 'node:buffer';

/**
 * What GitHub's runner hides in a log: every registered value, and the forms that its own encoders make of it.
 * Matching is by ordinal, case-sensitive substring; overlapping or touching matches print one `***`.
 *
 * Source: actions/runner, Sdk/DTLogging/Logging/SecretMasker.cs and ValueEncoders.cs, registered in
 * Runner.Common/HostContext.cs.
 */
export class SecretMasker {
  readonly #originals = new Set<string>();
  readonly #needles = new Set<string>();

  /** The values as they were registered, without their encoded forms. */
  get values(): string[] {
    return [...this.#originals];
  }

  /** Registers one value and its encoded forms. The empty string is ignored; any other length is taken. */
  add(value: string): void {
    if (value === '' || this.#originals.has(value)) return;
    this.#originals.add(value);
    for (const form of [value, ...encodedForms(value)]) {
      if (form !== '') this.#needles.add(form);
    }
  }

  /** Registers a value and each of its trimmed lines, as `::add-mask::` and the secrets of a job are. */
  addWithLines(value: string): void {
    this.add(value);
    for (const line of value.split(/[\r\n]/)) this.add(line.trim());
  }

  /** The text with every masked stretch replaced by `***`. */
  mask(text: string): string {
    let masked = '';
    let copied = 0;
    for (const { start, end } of merge(this.#matches(text))) {
      masked += `${text.slice(copied, start)}***`;
      copied = end;
    }
    return masked + text.slice(copied);
  }

  *#matches(text: string): Generator<Stretch> {
    for (const needle of this.#needles) {
      // One character further after each hit, as ValueSecret.cs does: "aaa" matches twice in "aaaa".
      for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
        yield { start: at, end: at + needle.length };
      }
    }
  }
}

interface Stretch {
  start: number;
  end: number;
}

function merge(stretches: Iterable<Stretch>): Stretch[] {
  const merged: Stretch[] = [];
  for (const { start, end } of [...stretches].toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

function encodedForms(value: string): string[] {
  return [
    base64(value, 0),
    base64(value, 1),
    base64(value, 2),
    value.replaceAll('"', String.raw`\"`), // command-line argument
    value.replaceAll("'", "''"), // string in an expression
    jsonString(value),
    uriData(value),
    xmlText(value),
    withoutDoubleQuotes(value),
    ...powerShellParts(value),
  ];
}

/**
 * Base64 of the bytes from `shift` on. This finds a secret behind a prefix of 3n, 3n+1 or 3n+2 bytes. The padding is kept,
 * as in the runner, so a secret whose remaining length is no multiple of three is missed when more text follows it.
 */
function base64(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
}

/** As Newtonsoft's JsonConvert.ToString: like JSON.stringify, and three line separators more. */
function jsonString(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(/[\u0085\u2028\u2029]/g, percentCode(String.raw`\u`, 4));
}

/** As .NET's Uri.EscapeDataString, which also encodes the five characters that encodeURIComponent leaves. */
function uriData(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(/[!'()*]/g, (character) =>
    percentCode('%', 2)(character).toUpperCase(),
  );
}

function percentCode(prefix: string, width: number): (character: string) => string {
  return (character) => prefix + character.charCodeAt(0).toString(16).padStart(width, '0');
}

function xmlText(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

function withoutDoubleQuotes(value: string): string {
  return value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : '';
}

/** PowerShell prints a command that failed in two coloured parts, cut at an ampersand; parts under 6 characters are let be. */
function powerShellParts(value: string): string[] {
  const operator = value.indexOf('&+');
  const cut = operator >= 0 ? operator + 2 : value.lastIndexOf('&') + 1;
  if (cut === 0) return [];
  // After "&+" the next character is coloured on its own, so the second part starts behind it.
  return [value.slice(0, cut), value.slice(operator >= 0 ? cut + 1 : cut)].filter((part) => part.length >= 6);
}
