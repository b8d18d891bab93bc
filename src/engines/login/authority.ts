import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../../lease/errors.ts';

/**
 * Reads the PEM of the authority that an input such as `tls-ca` names. Call it each time the authority is needed: a file of
 * authorities can be too large for the runner's state, which holds only its path.
 *
 * @param value PEM text or the path of a PEM file; empty, or `system`, for the machine's own list of authorities
 * @returns undefined for the machine's own list
 * @throws UserError naming the input when it is neither, and showing nothing of a text that may be a secret
 */
export async function readAuthority(value: string, input: string): Promise<string | undefined> {
  if (value === '' || value === 'system') return undefined;
  if (isPem(value)) {
    if (holdsCertificate(value)) return value;
    throw new UserError('the PEM text holds no certificate that can be read', {
      input,
      fix: 'It has lines: keep each where it is, in a secret too. Or give the path of a file.',
    });
  }
  const pem = await readFile(value, 'utf8').catch((error: unknown) => {
    throw new UserError('the certificate authority is neither PEM text nor a file that can be read', {
      input,
      // Node ends its message with the path.
      said: messageOf(error).replace(/, \w+(?: '[^]*)?$/, ''),
      fix: 'Give the text, from "-----BEGIN CERTIFICATE-----" on, or the path of a file that is still there when the job ends.',
    });
  });
  if (!isPem(pem) || !holdsCertificate(pem)) throw new UserError(`there is no PEM certificate in ${value}`, { input });
  return pem;
}

/** Whether it is the text itself, not a path. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN CERTIFICATE-----');
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
