/** What the connection trusts, shown by servers that are made for it: a handshake, then TLS with a given certificate. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { describe, expect, it, vi } from 'vitest';
import { Connection, quoteName, quoteRole, serverError } from '../../src/engines/mysql/connection.ts';
import { canHeal, loginError } from '../../src/engines/mysql/errors.ts';
import type { SslMode } from '../../src/engines/mysql/root.ts';
import { messageOf } from '../../src/lease/errors.ts';

/** @returns how a login ended, and whether the client said anything after the server had shown its certificate */
async function logIn(names: string[], addresses: string[], sslMode: SslMode, trusted = true) {
  const altNames = [
    ...names.map((value) => ({ type: 2 as const, value })),
    ...addresses.map((ip) => ({ type: 7 as const, ip })),
  ];
  const certificate = await generate([{ name: 'commonName', value: 'test' }], {
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const other = await generate([{ name: 'commonName', value: 'other' }]);
  let wasToldMore = false;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting());
    socket.once('data', (chunk: Buffer) => {
      // The first TLS record may have come along with the request for TLS, which is 36 bytes.
      socket.pause();
      socket.unshift(chunk.subarray(36));
      const secureContext = createSecureContext({ cert: certificate.cert, key: certificate.private });
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => undefined);
      secure.once('data', () => {
        wasToldMore = true;
        secure.end(refusal());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const ca = trusted ? certificate.cert : other.cert;
  const target = { scheme: 'mysql' as const, host: '127.0.0.1', port: address.port, sslMode, ca };
  const error = await Connection.open(
    target,
    { user: 'u', password: 'p', database: '' },
    AbortSignal.timeout(5000),
  ).catch((reason: unknown) => reason);
  server.close();
  return { error, wasToldMore };
}

/** HandshakeV10: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
function greeting(): Buffer {
  const capabilities = 0x000f_f7ff | 0x0008_0000 | 0x0000_0800;
  const body = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('9.0.0\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    Buffer.from([capabilities & 255, (capabilities >> 8) & 255, 255, 2, 0]),
    Buffer.from([(capabilities >> 16) & 255, (capabilities >> 24) & 255, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0mysql_native_password\0'),
  ]);
  return packet(body, 0);
}

function refusal(): Buffer {
  return packet(Buffer.concat([Buffer.from([0xff, 0x15, 0x04]), Buffer.from('#28000Access denied')]), 3);
}

function packet(body: Buffer, sequence: number): Buffer {
  return Buffer.concat([Buffer.from([body.length & 255, body.length >> 8, 0, sequence]), body]);
}

describe('the name in the certificate', () => {
  it('must be the address, where the URL has one: not localhost', async () => {
    const { error, wasToldMore } = await logIn(['localhost'], [], 'VERIFY_IDENTITY');
    expect(messageOf(error)).toMatch(/does not match certificate/);
    expect(wasToldMore).toBe(false);
  });

  it('may be the address', async () => {
    const { error, wasToldMore } = await logIn([], ['127.0.0.1'], 'VERIFY_IDENTITY');
    expect([serverError(error), wasToldMore]).toEqual([1045, true]);
  });

  it('does not matter for VERIFY_CA, but who has signed does', async () => {
    expect(serverError((await logIn(['localhost'], [], 'VERIFY_CA')).error)).toBe(1045);
    const { error, wasToldMore } = await logIn(['localhost'], [], 'VERIFY_CA', false);
    expect(messageOf(error)).toMatch(/self-signed certificate|unable to/);
    expect(wasToldMore).toBe(false);
  });
});

describe('a server that accepts and stays silent', () => {
  it('is given up, and what is said of it names it', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = once(silent, 'connection');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { port } = address;
      const target = { scheme: 'mysql' as const, host: '127.0.0.1', port, sslMode: 'DISABLED' as const, ca: undefined };
      const login = { user: 'u', password: 'p', database: '' };
      const failing = Connection.open(target, login, new AbortController().signal).catch((reason: unknown) => reason);
      const [socket] = (await accepted) as [Socket];
      vi.advanceTimersByTime(60_000);
      const error = await failing;
      expect(messageOf(error)).toContain('did not let the login in');
      expect(messageOf(loginError(error, target, login, 'root'))).toContain(`127.0.0.1:${port}`);
      expect(canHeal(error)).toBe(true);
      socket.destroy();
    } finally {
      vi.useRealTimers();
      silent.close();
    }
  });
});

it('quotes names and roles in a way that no SQL mode changes', () => {
  expect(quoteName('a`b\\"\'')).toBe('`a``b\\"\'`');
  expect(quoteRole('app_rw')).toBe('`app_rw`');
  expect(quoteRole('app_rw@10.%')).toBe('`app_rw`@`10.%`');
  expect(quoteRole('odd@`; DROP USER x')).toBe('`odd@``; DROP USER x`');
});
