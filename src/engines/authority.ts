import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../lease/errors.ts';

/**
 * The PEM of the authority that an input, such as `tls-ca`, stands for.
 *
 * @param value PEM text or the path of a PEM file; empty, or `system`, for the machine's own list of authorities
 * @returns undefined for the machine's own list
 * @throws UserError naming the input when there is no such file or no certificate in it
 */
export async function readAuthority(value: string, input: string): Promise<string | undefined> {
  if (value === '' || value === 'system') return undefined;
  if (isPem(value)) return value;
  const pem = await readFile(value, 'utf8').catch((error: unknown) => {
    throw new UserError('the certificate authority cannot be read', { input, said: messageOf(error) });
  });
  if (!isPem(pem)) throw new UserError(`there is no PEM certificate in ${value}`, { input });
  return pem;
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN CERTIFICATE-----');
}
