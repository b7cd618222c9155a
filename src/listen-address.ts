// Where a listener is: a port of an interface, or a unix socket.

import { BlockList, isIPv6 } from 'node:net';

/** An address to listen on. Port 0 means any free port. */
export type ListenAddress = { host: string; port: number } | { path: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether the address can be reached from this machine only. A host name other than `localhost`
 * counts as reachable from outside. */
export function isLoopback(address: ListenAddress): boolean {
  if ('path' in address || address.host.toLowerCase() === 'localhost') return true;
  return LOOPBACK.check(address.host, isIPv6(address.host) ? 'ipv6' : 'ipv4');
}
