/** Which protocol a server speaks, by the first bytes that it sends. */

/** Names the protocol whose server begins like this; other servers by the beginning itself, as far as it is text. */
export function nameProtocol(greeting: Buffer): string {
  if (isMysqlGreeting(greeting)) return 'it speaks the protocol of MySQL and MariaDB';
  if (/^[SN]$/.test(greeting.toString('latin1')) || isPostgresError(greeting))
    return 'it speaks the protocol of PostgreSQL';
  const text = /^[\x20-\x7e]{3,60}/.exec(greeting.toString('latin1'))?.[0];
  return text === undefined ? 'it speaks a protocol of its own' : `it begins with: ${text}`;
}

/** HandshakeV10, or an error in its place: a length, the sequence number 0, then the version, or 255 and a number from 1000 on. */
export function isMysqlGreeting(bytes: Buffer): boolean {
  if (bytes.length < 7 || bytes[2] !== 0 || bytes[3] !== 0) return false;
  if (bytes[4] === 0xff) return bytes.readUInt16LE(5) >= 1000 && bytes.readUInt16LE(5) < 5000;
  return bytes[4] === 10 && (bytes[5] ?? 0) >= 0x20;
}

/** ErrorResponse: its length, then a field for the severity. */
function isPostgresError(bytes: Buffer): boolean {
  return bytes.length > 6 && bytes[0] === 0x45 && bytes.readUInt32BE(1) < 30_000 && bytes[5] === 0x53;
}
