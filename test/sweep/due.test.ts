import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src/engines/engine.ts';
import type { Verdict } from '../../src/github/jobs.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import type { LeaseRecord } from '../../src/lease/record.ts';
import { judge } from '../../src/sweep/due.ts';
import { job } from '../contract/contract.ts';

const now = Date.now();
const hour = 3_600_000;

function record(overrides: Partial<LeaseRecord> = {}): LeaseRecord {
  const iat = Math.floor(now / 1000) - 600;
  return { v: 1, ...job, role: 'job', iat, exp: iat + 3600, max: iat + 7200, ...overrides };
}

/** A lease that is in use. @param nameEnd the end in its name, epoch milliseconds */
function lease(overrides: Partial<Lease> = {}, nameEnd = now + hour): Lease {
  return {
    principal: newPrincipal('job', new Date(nameEnd)),
    record: record(),
    expiresAt: new Date(now + hour),
    over: false,
    usable: true,
    ...overrides,
  };
}

/** GitHub, saying the same of every job. */
function saying(verdict: Verdict) {
  return async () => await Promise.resolve(verdict);
}
const over = saying({ is: 'over' });
const running = saying({ is: 'running' });
const unknown = saying({ is: 'unknown', why: 'it is down' });

describe('judge', () => {
  it.each<[string, Lease, object]>([
    ['is over on the target', lease({ over: true, usable: false }), { is: 'due', cause: 'expired' }],
    ['is over and still let in', lease({ over: true }), { is: 'due', cause: 'expired' }],
    [
      'is over and its record cannot be read',
      lease({ over: true, record: undefined, unreadable: true }),
      { is: 'due' },
    ],
    [
      'has neither record nor end, and the end in its name has passed',
      lease({ expiresAt: undefined, record: undefined }, now - 301_000),
      { is: 'due', cause: 'half-made' },
    ],
  ])('ends a lease that %s, whatever GitHub says', async (_, each, expected) => {
    for (const askJob of [undefined, running, unknown]) expect(await judge(each, 300, askJob)).toMatchObject(expected);
  });

  it.each<[string, Lease]>([
    ['has neither record nor end yet: it may be just being minted', lease({ expiresAt: undefined, record: undefined })],
    ['has neither record nor end, within the grace', lease({ expiresAt: undefined, record: undefined }, now - 200_000)],
    ['has no record', lease({ record: undefined })],
    ['has a record that cannot be read', lease({ record: undefined, unreadable: true })],
  ])('leaves a lease alone that is not over and %s', async (_, each) => {
    for (const askJob of [undefined, over]) expect(await judge(each, 300, askJob)).toMatchObject({ is: 'live' });
  });

  it('does not touch what it cannot read and whose end it does not know, however old its name is', async () => {
    const odd = lease({ record: undefined, expiresAt: undefined, unreadable: true }, now - 10 * hour);
    for (const askJob of [undefined, over]) expect(await judge(odd, 300, askJob)).toMatchObject({ is: 'odd' });
  });

  it('asks GitHub for a lease that is not over, and takes only a yes for one', async () => {
    expect(await judge(lease(), 300, over)).toEqual({ is: 'due', cause: 'job-over' });
    expect(await judge(lease(), 300, running)).toEqual({ is: 'live' });
    expect(await judge(lease(), 300, unknown)).toEqual({ is: 'live', note: 'it is down' });
    expect(await judge(lease(), 300, undefined)).toEqual({ is: 'live' });
  });
});
