// Binding a server to the address of its listener.

import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { type AddressInfo, connect, type Server } from 'node:net';
import type { ListenAddress } from '../../listen-address.ts';

/** How a kernel without IPv6 refuses `::`, and one that has no IPv6 address to give. */
const WITHOUT_IPV6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/**
 * Binds a server; resolves with the address that was bound. Rejects with the system's error.
 *
 * `::` means every address of both families: where the machine has no IPv6 it is `0.0.0.0`. A unix
 * socket left behind by a process that is gone is removed first; one that answers is in use. As
 * with a port of loopback, every user of the machine may connect who reaches the socket: its folder
 * decides who does.
 */
export async function bindListener(server: Server, listen: ListenAddress): Promise<string> {
  if ('path' in listen) await removeStaleSocket(listen.path);
  try {
    await bind(server, listen);
  } catch (error) {
    if ('path' in listen || listen.host !== '::' || !isWithoutIpv6(error)) throw error;
    await bind(server, { ...listen, host: '0.0.0.0' });
  }
  return boundText(server.address());
}

async function bind(server: Server, listen: ListenAddress): Promise<void> {
  server.listen({ ...listen, readableAll: true, writableAll: true });
  await once(server, 'listening');
}

function isWithoutIpv6(error: unknown): boolean {
  return WITHOUT_IPV6.includes((error as NodeJS.ErrnoException).code ?? '');
}

function boundText(bound: AddressInfo | string | null): string {
  if (bound === null) throw new Error('the server was closed while it was being bound');
  if (typeof bound === 'string') return `unix:${bound}`;
  return bound.family === 'IPv6'
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  // Anything else than a socket is somebody's file: binding will refuse it.
  if (found?.isSocket() && !(await isAnswering(path))) await unlink(path);
}

async function isAnswering(path: string): Promise<boolean> {
  const probe = connect(path);
  try {
    await once(probe, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    probe.destroy();
  }
}
