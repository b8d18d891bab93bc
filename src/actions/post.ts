/** Revokes, when the job ends, what main has minted. */
import { getInput } from '@actions/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { lacks, type Context } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { retry } from '../failure/retry.ts';
import { idTokenSource } from '../github/id-token.ts';
import { formatDuration } from '../lease/duration.ts';
import { messageOf } from '../lease/errors.ts';
import { formatLeaseId } from '../lease/name.ts';
import type { Revocation } from '../lease/result.ts';
import { shedEnvironment } from '../runner/environment.ts';
import { interruption } from '../runner/interruption.ts';
import { fail, mask, say, sayRetries, timed, tracer, warn } from '../runner/log.ts';
import { held, type Held, type HeldLease, type MintedState } from '../runner/state.ts';
import { summarize } from '../runner/summary.ts';

/** After a cancel the post steps of a job share about 285 s, so one of them must not take long: then the sweep does it. */
const patience = { attempt: 30_000, attempts: 90_000, straggler: 1000 };

const uncertain = {
  reason: 'What the main step left was not sealed with the "root" of this step, so nothing was done as root.',
  fix: '"root" has changed since the credential was minted, or main was killed and an earlier step made this up (STATE_… in GITHUB_ENV).',
};

shedEnvironment();
interruption(); // a second cancel must not end the revocation
try {
  const left = held();
  if (left === undefined) say('There is nothing to revoke.');
  else if (!left.lease.revoke) say(`${formatLeaseId(left.lease)} is not revoked: the input "revoke" is false.`);
  else await report(await end(left), left.lease, left.minted);
} catch (error) {
  fail(error);
}

/** Ends the lease as root, or, where no root can, as the lease itself. */
async function end({ lease, minted, certain }: Held): Promise<Revocation> {
  const declaration = engineNamed(lease.engine);
  const engine = await declaration.load();
  const deadline = AbortSignal.timeout(patience.attempts);
  const retrying = sayRetries(patience.attempts);
  const context = (): Context => ({
    signal: AbortSignal.any([deadline, AbortSignal.timeout(patience.attempt)]),
    warn,
    mask,
    debug: tracer(),
    retrying,
    idToken: idTokenSource(),
  });
  let result = await endByRoot();
  if (result.outcome === 'absent' && minted === undefined) {
    // Main was killed before it could tell. It may be still on its way to the target, in a container for example.
    await sleep(patience.straggler);
    result = await endByRoot();
  }
  if (minted === undefined) return result;
  if (result.outcome === 'absent') return await endElsewhere(minted.credential, result);
  if (result.outcome !== 'failed') return result;
  say(`${formatLeaseId(lease)} could not be revoked by root, so it is asked to end itself.\n${result.reason ?? ''}`);
  return await endBySelf(minted.credential, result);

  async function endByRoot(): Promise<Revocation> {
    if (!certain) return { outcome: 'failed', ...uncertain, sessionsEnded: 0 };
    const attempt = async (): Promise<Revocation> => {
      // Inputs are evaluated again for post, so this is the root credential of now; it is not in state.
      const roots = declaration.root.parse(getInput('root'), 'root');
      mask(roots.flatMap(({ secrets }) => secrets));
      await using session = await timed('open', async () => await engine.open(roots, lease.config, context()));
      return await timed('revoke', async () => await session.revoke(lease.principal, minted?.credential));
    };
    return await retry(attempt, engine.canHeal, deadline, retrying).catch((error: unknown): Revocation => ({
      outcome: 'failed',
      reason: messageOf(error),
      sessionsEnded: 0,
    }));
  }

  async function endSelf(credential: string): Promise<Revocation> {
    if (engine.endSelf === undefined) throw lacks(declaration, 'endSelf');
    return await engine.endSelf(credential, lease.config, context());
  }

  async function endBySelf(credential: string, failed: Revocation): Promise<Revocation> {
    try {
      const own = await timed('end itself', async () => await endSelf(credential));
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

  /** Root may by now be another target's than main had: the lease itself knows where it was minted. */
  async function endElsewhere(credential: string, absent: Revocation): Promise<Revocation> {
    if (engine.endSelf === undefined) return absent;
    const own = context();
    const where = 'Root does not find it: is "root" another target\'s by now?';
    try {
      const ended = await engine.endSelf(credential, lease.config, own);
      if (ended.outcome === 'absent') return absent;
      return { ...ended, reason: `${where} It was still let in where it was minted.\n${ended.reason ?? ''}` };
    } catch (error) {
      // Refused there as well, it is gone. A server that did not answer, or that was still at it, has told nothing.
      if (!own.signal.aborted && !engine.canHeal(error)) return absent;
      return { outcome: 'failed', reason: `${where} Where it was minted, ${messageOf(error)}`, sessionsEnded: 0 };
    }
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
