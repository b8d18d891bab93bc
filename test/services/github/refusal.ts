/** What GitHub answers when it does not carry a request out. */
import type { ErrorObject } from 'ajv';

export class Refusal extends Error {
  readonly status: number;
  readonly documentation: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param documentation the page that the answer names; the operation's own where it is left out */
  constructor(status: number, message: string, documentation?: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.documentation = documentation;
    this.headers = headers;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

/** GitHub words a body that breaks its schema so. */
export function invalidBody({ keyword, instancePath, params, message = '' }: ErrorObject): Refusal {
  const missing = (params as { readonly missingProperty?: string }).missingProperty;
  const reason =
    keyword === 'required' && missing !== undefined
      ? `"${missing}" wasn't supplied.`
      : `For '${instancePath.slice(1) || 'body'}', ${message}.`;
  return new Refusal(422, `Invalid request.\n\n${reason}`);
}
