/** Mints a credential for this job and hands it on. */
import { exportVariable, getInput, setOutput } from '@actions/core';
import { engineNamed } from '../engines/registry.ts';
import type { Context, EngineDeclaration, LeaseDraft, Minted, RootCredential } from '../engines/engine.ts';
import { isDoubtful } from '../failure/network.ts';
import { retry } from '../failure/retry.ts';
import { formatDuration } from '../lease/duration.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { mintOnlyCleared, parseInputs, type Inputs } from '../lease/inputs.ts';
import { formatLeaseId, newPrincipal } from '../lease/name.ts';
import type { ExpiryClass } from '../lease/result.ts';
import { currentJob } from '../runner/job.ts';
import { mask, say, timed, warn } from '../runner/log.ts';
import { clearState, holdLease, holdMinted, holdNothing } from '../runner/state.ts';
import { runStep } from '../runner/step.ts';
import { summarize } from '../runner/summary.ts';
import { contextFor } from './context.ts';
import { doubtOf, readMintInputs, type mintInputs } from './inputs.ts';

/** How long minting may take in all. */
const mintTimeoutMs = 60_000;

/** How long undoing it may take: the runner kills the process 10 s after a cancel. */
const undoTimeoutMs = 6000;

const afterExpiry: Record<ExpiryClass, string> = {
  full: 'logins and open sessions end then',
  login: 'no new login is possible then; an open session lives until it is revoked',
  sweep: 'nothing ends it then but the sweep',
};

/** What is to be minted, and where. */
interface Order {
  readonly engine: EngineDeclaration;
  readonly roots: readonly RootCredential[];
  /** the engine's own inputs */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: Inputs<typeof mintInputs>;
  readonly draft: LeaseDraft;
  readonly leaseId: string;
}

type Driver = Awaited<ReturnType<EngineDeclaration['load']>>;

await runStep(async (cancelled) => {
  clearState();
  const order = readOrder();
  tellPost(order);
  const minted = await mint(order, cancelled);
  handOn(minted, order);
  await report(minted, order);
});

/** @throws UserError for the first input that is wrong */
function readOrder(): Order {
  const engine = engineNamed(getInput('engine'));
  const inputs = readMintInputs(getInput);
  const config = parseInputs(engine.inputs, getInput);
  const roots = engine.root.parse(getInput('root'), 'root');
  mask(roots.flatMap(({ secrets }) => secrets));
  engine.check?.(roots, config, inputs['export-env']);
  for (const doubt of [doubtOf(inputs), engine.lacking(config)]) if (doubt !== '') warn(doubt);
  const draft = draftOf(engine, inputs);
  const leaseId = formatLeaseId({ engine: engine.name, role: draft.role, principal: draft.principal });
  return { engine, roots, config, inputs, draft, leaseId };
}

function draftOf(engine: EngineDeclaration, inputs: Order['inputs']): LeaseDraft {
  const { role, ttl } = inputs;
  return {
    principal: newPrincipal(role, new Date(Date.now() + ttl * 1000), engine.nameForm),
    role,
    ttl,
    maxTtl: inputs['max-ttl'],
    job: currentJob(inputs['check-run-id']),
  };
}

/** Written ahead: whatever becomes of this process, post can revoke. */
function tellPost({ engine, inputs, draft, config }: Order): void {
  holdLease({
    engine: engine.name,
    role: draft.role,
    principal: draft.principal,
    config: mintOnlyCleared(engine.inputs, config),
    revoke: inputs.revoke,
    failOnRevokeError: inputs['fail-on-revoke-error'],
  });
}

/** Mints and tries the credential. Where that fails, what it may have left is ended at once, or else by post. */
async function mint(order: Order, cancelled: AbortSignal): Promise<Minted> {
  const timeout = AbortSignal.timeout(mintTimeoutMs);
  const signal = AbortSignal.any([cancelled, timeout]);
  const mints = { principal: order.draft.principal, verify: order.inputs.verify };
  const context = { ...contextFor(signal, mintTimeoutMs), mints };
  const driver = await order.engine.load();
  const progress: Progress = { isBegun: false, minted: undefined };
  try {
    return await mintBySession(order, driver, context, progress);
  } catch (error) {
    const untouched = error instanceof UserError && error.details.untouched === true;
    if (!progress.isBegun || untouched || (await undo(order, driver, progress.minted))) holdNothing();
    if (!timeout.aborted) throw error;
    const said = messageOf(error);
    throw new UserError(`minting took longer than ${mintTimeoutMs / 1000} s`, { said, cause: error });
  }
}

/** How far minting has come. */
interface Progress {
  isBegun: boolean;
  minted: Minted | undefined;
}

async function mintBySession(order: Order, driver: Driver, context: Context, progress: Progress): Promise<Minted> {
  const { roots, config, draft, inputs } = order;
  const open = async () => await timed('open', async () => await driver.open(roots, config, context));
  const mayHeal = (error: unknown) => driver.canHeal(error) && !isDoubtful(error);
  await using session = await retry(open, mayHeal, context.signal, context.retrying);
  progress.isBegun = true;
  const minted = await timed('mint', async () => await session.mint(draft));
  progress.minted = minted;
  mask(minted.secrets);
  if (inputs.verify) await timed('verify', async () => await session.verify(minted.credential));
  context.signal.throwIfAborted();
  return minted;
}

/** Ends at once what a failed mint may have left. @returns whether there is nothing left for post to do */
async function undo({ roots, config, draft, leaseId }: Order, driver: Driver, minted?: Minted): Promise<boolean> {
  try {
    const context = contextFor(AbortSignal.timeout(undoTimeoutMs), undoTimeoutMs);
    await using session = await driver.open(roots, config, context);
    const { outcome } = await timed('revoke', async () => await session.revoke(draft.principal, minted?.credential));
    return outcome === 'revoked' || outcome === 'absent';
  } catch (error) {
    warn(`${leaseId} could not be revoked yet, the post step tries again: ${messageOf(error)}`);
    return false;
  }
}

function handOn(minted: Minted, { inputs, draft, leaseId }: Order): void {
  const expiresAt = minted.expiresAt.toISOString();
  holdMinted({ credential: minted.credential, expiresAt, at: Date.now() });
  const outputs = {
    ...minted.outputs,
    'lease-id': leaseId,
    principal: draft.principal,
    'expires-at': expiresAt,
    'expiry-class': minted.expiryClass,
  };
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  if (!inputs['export-env']) return;
  for (const [name, value] of Object.entries(minted.environment)) exportVariable(name, value);
}

async function report({ expiresAt, expiryClass, about }: Minted, { engine, draft, leaseId }: Order): Promise<void> {
  const end = expiresAt.toISOString();
  say(`Minted ${leaseId}, which ends by itself at ${end}: ${afterExpiry[expiryClass]}.`);
  const known = Object.entries(about).filter(([, text]) => text !== '');
  say(known.map(([title, text]) => `${title}: ${text}`).join('; '));
  await summarize('joblease: credential minted', {
    Engine: engine.name,
    Label: draft.role,
    Principal: draft.principal,
    ...about,
    'Ends by itself at': `${end} (in ${formatDuration(draft.ttl)})`,
    'Expiry class': `${expiryClass}: ${afterExpiry[expiryClass]}`,
  });
}
