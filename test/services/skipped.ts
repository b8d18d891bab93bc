import { expect, it } from 'vitest';

/** Stands for the tests that need what the machine lacks; a file without any test would be a failure. */
export function skipped(what: string): void {
  it.skipIf(true)(`with ${what}, which is not here`, () => {
    expect.unreachable();
  });
}
