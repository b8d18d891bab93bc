import type { LeaseDraft, Minted } from '../engine.ts';
import type { Access } from './access.ts';
import { checkConfig } from './inputs.ts';
import { mintSession } from './mint-session.ts';

/** Mints what `credential-type` says. IAM's client is loaded only for a user. */
export async function mint(access: Access, draft: LeaseDraft): Promise<Minted> {
  const { config } = access;
  checkConfig(config, draft.ttl);
  if (config['credential-type'] !== 'iam_user') return await mintSession(access, draft);
  const { mintUser } = await import('./mint-user.ts');
  return await mintUser(await access.iam(), draft);
}
