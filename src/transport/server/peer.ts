// Whom a limit per peer is counted for.

import type { Socket } from 'node:net';

/** Everybody who comes by a unix socket, and who has left before the address was asked for. */
const LOCAL_PEER = 'local';

/**
 * The remote address of a connection. For IPv6 it is the /64 network, since one customer has all of
 * its addresses. All callers behind one gateway are one peer.
 */
export function peerOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string {
  if (remoteAddress === undefined) return LOCAL_PEER;
  if (!remoteAddress.includes(':')) return remoteAddress;
  // An IPv4 client of a socket that listens on both.
  if (remoteAddress.startsWith('::ffff:')) return remoteAddress.slice('::ffff:'.length);
  return `${network(remoteAddress)}::/64`;
}

/** The first four groups, without leading zeros. */
function network(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  const missing = tail === undefined ? 0 : 8 - groups.length - after;
  const filled = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return filled.slice(0, 4).join(':');
}
