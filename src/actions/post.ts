/** Revokes, when the job ends, what main has minted. */
import { getInput } from '@actions/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { lacks, type Context, type EngineDeclaration } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { retry } from '../failure/retry.ts';
import { formatDuration } from '../lease/duration.ts';
import { messageOf } from '../lease/errors.ts';
import { formatLeaseId } from '../lease/name.ts';
import type { Revocation } from '../lease/result.ts';
import { fail, mask, say, timed, warn } from '../runner/log.ts';
import { held, type Held, type HeldLease, type MintedState } from '../runner/state.ts';
import { runStep } from '../runner/step.ts';
import { summarize } from '../runner/summary.ts';
import { contextFor } from './context.ts';

/** After a cancel the post steps of a job share about 285 s, so one of them must not take long: then the sweep does it. */
const attemptTimeoutMs = 30_000;
const timeoutMs = 90_000;

/** How long a main that was killed may be still on its way to the target, in a container for example. */
const stragglerMs = 1000;

const uncertain = {
  reason: 'What the main step left was not sealed with the "root" of this step, so nothing was done as root.',
  fix: '"root" has changed since the credential was minted, or main was killed and an earlier step made this up (STATE_… in GITHUB_ENV).',
};

// A second cancel must not end the revocation.
await runStep(async () => {
  const left = held();
  if (left === undefined) say('There is nothing to revoke.');
  else if (!left.lease.revoke) say(`${formatLeaseId(left.lease)} is not revoked: the input "revoke" is false.`);
  else await report(await end(left), left.lease, left.minted);
}, 'error');

/** What ending takes. */
interface Means {
  readonly declaration: EngineDeclaration;
  readonly driver: Awaited<ReturnType<EngineDeclaration['load']>>;
  /** for all attempts together */
  readonly deadline: AbortSignal;
  readonly retrying: Context['retrying'];
  /** for one attempt */
  readonly context: () => Context;
}

async function meansFor({ engine }: HeldLease): Promise<Means> {
  const declaration = engineNamed(engine);
  const driver = await declaration.load();
  const deadline = AbortSignal.timeout(timeoutMs);
  const { retrying, ...context } = contextFor(deadline, timeoutMs);
  return {
    declaration,
    driver,
    deadline,
    retrying,
    context: () => ({
      ...context,
      retrying,
      signal: AbortSignal.any([deadline, AbortSignal.timeout(attemptTimeoutMs)]),
    }),
  };
}

/** Ends the lease as root, or, where no root can, as the lease itself. */
async function end(left: Held): Promise<Revocation> {
  const { lease, minted } = left;
  const means = await meansFor(lease);
  let result = await endByRoot(left, means);
  if (result.outcome === 'absent' && minted === undefined) {
    // Main was killed before it could tell.
    await sleep(stragglerMs);
    result = await endByRoot(left, means);
  }
  if (minted === undefined) return result;
  if (result.outcome === 'absent') return await endElsewhere(lease, minted, result, means);
  if (result.outcome !== 'failed') return result;
  say(`${formatLeaseId(lease)} could not be revoked by root, so it is asked to end itself.\n${result.reason ?? ''}`);
  return await endBySelf(lease, minted, result, means);
}

async function endByRoot({ lease, minted, certain }: Held, means: Means): Promise<Revocation> {
  if (!certain) return { outcome: 'failed', ...uncertain, sessionsEnded: 0 };
  const { declaration, driver, deadline, retrying } = means;
  const attempt = async (): Promise<Revocation> => {
    // Inputs are evaluated again for post, so this is the root credential of now; it is not in state.
    const roots = declaration.root.parse(getInput('root'), 'root');
    mask(roots.flatMap(({ secrets }) => secrets));
    await using session = await timed('open', async () => await driver.open(roots, lease.config, means.context()));
    return await timed('revoke', async () => await session.revoke(lease.principal, minted?.credential));
  };
  return await retry(attempt, driver.canHeal, deadline, retrying).catch((error: unknown): Revocation => ({
    outcome: 'failed',
    reason: messageOf(error),
    sessionsEnded: 0,
  }));
}

/** @param failed why root could not */
async function endBySelf(
  { config }: HeldLease,
  { credential }: MintedState,
  failed: Revocation,
  means: Means,
): Promise<Revocation> {
  try {
    const own = await timed('end itself', async () => await endSelf(config, credential, means));
    if (own.outcome === 'disabled' || own.outcome === 'expiring')
      return { ...own, ...(failed.fix === undefined ? {} : { fix: failed.fix }) };
    // A refused login says nothing of open sessions, nor that nobody else has changed its password.
    const why =
      own.outcome === 'absent'
        ? 'The target already refuses its login; whether it has open sessions only root could see.'
        : `It could not end itself either: ${own.reason ?? own.outcome}`;
    return { ...failed, reason: `${failed.reason ?? ''}\n${why}`, sessionsEnded: own.sessionsEnded };
  } catch (error) {
    return { ...failed, reason: `${failed.reason ?? ''}\nIt could not end itself either: ${messageOf(error)}` };
  }
}

/** @throws UserError when the engine cannot */
async function endSelf(
  config: HeldLease['config'],
  credential: string,
  { declaration, driver, context }: Means,
): Promise<Revocation> {
  if (driver.endSelf === undefined) throw lacks(declaration, 'endSelf');
  return await driver.endSelf(credential, config, context());
}

/**
 * Root may by now be another target's than main had: the lease itself knows where it was minted.
 *
 * @param absent what root said
 */
async function endElsewhere(
  { config }: HeldLease,
  { credential }: MintedState,
  absent: Revocation,
  { driver, context }: Means,
): Promise<Revocation> {
  if (driver.endSelf === undefined) return absent;
  const own = context();
  const where = 'Root does not find it: is "root" another target\'s by now?';
  try {
    const ended = await driver.endSelf(credential, config, own);
    if (ended.outcome === 'absent') return absent;
    return { ...ended, reason: `${where} It was still let in where it was minted.\n${ended.reason ?? ''}` };
  } catch (error) {
    // Refused there as well, it is gone. A server that did not answer, or that was still at it, has told nothing.
    if (!own.signal.aborted && !driver.canHeal(error)) return absent;
    return { outcome: 'failed', reason: `${where} Where it was minted, ${messageOf(error)}`, sessionsEnded: 0 };
  }
}

async function report(result: Revocation, lease: HeldLease, minted: MintedState | undefined): Promise<void> {
  const leaseId = formatLeaseId(lease);
  const { outcome, sessionsEnded, reason = '', fix = '' } = result;
  const after = minted === undefined ? '' : formatDuration((Date.now() - minted.at) / 1000);
  const details = [reason, fix].filter((text) => text !== '').join('\n');
  if (outcome === 'failed') {
    const until = minted === undefined ? '' : `It ends by itself at ${minted.expiresAt}. `;
    const text = `${leaseId} could not be revoked, so its credential may still work. ${until}The sweep will try again.\n${details}`;
    if (lease.failOnRevokeError) fail(text);
    else warn(text);
  } else if (outcome === 'disabled') {
    warn(`${leaseId} can no longer be used, but what is left of it stays until the sweep.\n${details}`);
  } else if (outcome === 'expiring') {
    const when = minted === undefined ? 'by itself' : `by itself at ${minted.expiresAt}`;
    say(`${leaseId} ends ${when}: ${reason}.`);
  } else {
    say(`${leaseId}: ${outcome}.${sessionsEnded > 0 ? ` Sessions ended: ${sessionsEnded}.` : ''}`);
  }
  await summarize('joblease: credential ended', {
    Engine: lease.engine,
    Principal: lease.principal,
    Outcome: outcome,
    After: after,
    'Sessions ended': String(sessionsEnded),
    Reason: reason,
  });
}
