import { UserError } from '../../src/lease/errors.ts';

/** The `UserError` that the work throws; fails when it throws nothing or something else. */
export function refusal(work: () => unknown): UserError {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`nothing was refused: ${JSON.stringify(result)}`);
}
