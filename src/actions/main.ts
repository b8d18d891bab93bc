/** Mints a credential for this job and hands it on. */
import { exportVariable, getInput, setOutput } from '@actions/core';
import { engineNamed } from '../engines/registry.ts';
import type { Context, LeaseDraft, Minted } from '../engines/engine.ts';
import { isDoubtful } from '../failure/network.ts';
import { retry } from '../failure/retry.ts';
import { idTokenSource } from '../github/id-token.ts';
import { formatDuration } from '../lease/duration.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { mintOnlyCleared, parseInputs } from '../lease/inputs.ts';
import { formatLeaseId, newPrincipal } from '../lease/name.ts';
import type { ExpiryClass } from '../lease/result.ts';
import { shedEnvironment } from '../runner/environment.ts';
import { interruption } from '../runner/interruption.ts';
import { currentJob } from '../runner/job.ts';
import { fail, mask, say, sayRetries, timed, tracer, warn } from '../runner/log.ts';
import { clearState, holdLease, holdMinted, holdNothing } from '../runner/state.ts';
import { summarize } from '../runner/summary.ts';
import { doubtOf, readMintInputs } from './inputs.ts';

/** How long minting may take in all, and undoing it after a cancel: the runner kills the process after 10 s. */
const patience = { mint: 60_000, undo: 6_000 };

const afterExpiry: Record<ExpiryClass, string> = {
  full: 'logins and open sessions end then',
  login: 'no new login is possible then; an open session lives until it is revoked',
  sweep: 'nothing ends it then but the sweep',
};

shedEnvironment();
const cancelled = interruption();
try {
  clearState();
  await mint();
} catch (error) {
  fail(cancelled.aborted ? cancelled.reason : error);
}

async function mint(): Promise<void> {
  const engine = engineNamed(getInput('engine'));
  const inputs = readMintInputs(getInput);
  const config = parseInputs(engine.inputs, getInput);
  const roots = engine.root.parse(getInput('root'), 'root');
  mask(roots.flatMap(({ secrets }) => secrets));
  engine.check?.(roots, config, inputs['export-env']);
  for (const doubt of [doubtOf(inputs), engine.lacking(config)]) if (doubt !== '') warn(doubt);

  const { role, ttl } = inputs;
  const draft: LeaseDraft = {
    principal: newPrincipal(role, new Date(Date.now() + ttl * 1000), engine.nameForm),
    role,
    ttl,
    maxTtl: inputs['max-ttl'],
    job: currentJob(inputs['check-run-id']),
  };
  const leaseId = formatLeaseId({ engine: engine.name, role, principal: draft.principal });
  holdLease({
    engine: engine.name,
    role,
    principal: draft.principal,
    config: mintOnlyCleared(engine.inputs, config),
    revoke: inputs.revoke,
    failOnRevokeError: inputs['fail-on-revoke-error'],
  });

  const timeout = AbortSignal.timeout(patience.mint);
  const retrying = sayRetries(patience.mint);
  const told = { warn, mask, debug: tracer(), idToken: idTokenSource() };
  const context: Context = { ...told, retrying, signal: AbortSignal.any([cancelled, timeout]) };
  const driver = await engine.load();
  let begun = false;
  let minted: Minted | undefined;
  try {
    const open = async () => await timed('open', async () => await driver.open(roots, config, context));
    const mayHeal = (error: unknown) => driver.canHeal(error) && !isDoubtful(error);
    await using session = await retry(open, mayHeal, context.signal, retrying);
    begun = true;
    const fresh = await timed('mint', async () => await session.mint(draft));
    minted = fresh;
    mask(fresh.secrets);
    if (inputs.verify) await timed('verify', async () => await session.verify(fresh.credential));
    context.signal.throwIfAborted();
  } catch (error) {
    const untouched = error instanceof UserError && error.details.untouched === true;
    if (!begun || untouched || (await undone())) holdNothing();
    if (!timeout.aborted) throw error;
    throw new UserError(`minting took longer than ${patience.mint / 1000} s`, { said: messageOf(error), cause: error });
  }

  const { expiresAt, expiryClass, credential } = minted;
  holdMinted({ credential, expiresAt: expiresAt.toISOString(), at: Date.now() });
  handOn(minted, leaseId, inputs['export-env']);
  say(`Minted ${leaseId}, which ends by itself at ${expiresAt.toISOString()}: ${afterExpiry[expiryClass]}.`);
  const about = Object.entries(minted.about).filter(([, text]) => text !== '');
  say(about.map(([title, text]) => `${title}: ${text}`).join('; '));
  await summarize('joblease: credential minted', {
    Engine: engine.name,
    Label: role,
    Principal: draft.principal,
    ...minted.about,
    'Ends by itself at': `${expiresAt.toISOString()} (in ${formatDuration(ttl)})`,
    'Expiry class': `${expiryClass}: ${afterExpiry[expiryClass]}`,
  });

  /** Ends at once what a failed mint may have left. @returns whether there is nothing left for post to do */
  async function undone(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(patience.undo);
      await using session = await driver.open(roots, config, { ...told, retrying: sayRetries(patience.undo), signal });
      const { outcome } = await timed('revoke', async () => await session.revoke(draft.principal, minted?.credential));
      return outcome === 'revoked' || outcome === 'absent';
    } catch (error) {
      warn(`${leaseId} could not be revoked yet, the post step tries again: ${messageOf(error)}`);
      return false;
    }
  }
}

function handOn(minted: Minted, leaseId: string, exportEnv: boolean): void {
  const outputs = {
    ...minted.outputs,
    'lease-id': leaseId,
    principal: leaseId.split('/').at(-1) ?? '',
    'expires-at': minted.expiresAt.toISOString(),
    'expiry-class': minted.expiryClass,
  };
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  if (exportEnv) for (const [name, value] of Object.entries(minted.environment)) exportVariable(name, value);
}
