// Listen addresses as they are written in settings: `host:port`, `[IPv6]:port`, or `unix:/path`.

import { isIPv6 } from 'node:net';
import { isAbsolute, normalize } from 'node:path';
import type { ListenAddress } from '../listen-address.ts';

/** Longest path of a socket that both Linux and macOS accept. */
const SOCKET_PATH_MAX_BYTES = 103;

const PORT_MAX = 65_535;
const EVERY_INTERFACE = ['0.0.0.0', '::'];
const UNIX = 'unix:';

/** Reads `host:port` or `[IPv6]:port`; undefined if it is neither. The host is required: an
 * address for all interfaces must say so. */
export function tcpAddressFrom(text: string): { host: string; port: number } | undefined {
  const {
    bracketed,
    plain,
    port = '',
  } = /^(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<plain>[A-Za-z0-9._-]+)):(?<port>\d{1,5})$/.exec(text)
    ?.groups ?? {};
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > PORT_MAX) return undefined;
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  return { host: host.toLowerCase(), port: Number(port) };
}

/** Reads what tcpAddressFrom() reads, or `unix:` and an absolute path. */
export function listenAddressFrom(text: string): ListenAddress | undefined {
  if (!text.startsWith(UNIX)) return tcpAddressFrom(text);
  const path = normalize(text.slice(UNIX.length));
  const isUsable =
    isAbsolute(path) && !path.endsWith('/') && Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES;
  return isUsable ? { path } : undefined;
}

/** The address as it is written in a setting. */
export function listenAddressText(address: ListenAddress): string {
  if ('path' in address) return UNIX + address.path;
  return address.host.includes(':')
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/** Whether two listeners would use the same port or path. Ports that the system chooses never
 * clash. */
export function listenAddressesClash(a: ListenAddress, b: ListenAddress): boolean {
  if ('path' in a || 'path' in b) return listenAddressText(a) === listenAddressText(b);
  if (a.port !== b.port || a.port === 0) return false;
  const [hostA, hostB] = [a, b].map(({ host }) => (host === 'localhost' ? '127.0.0.1' : host));
  return hostA === hostB || EVERY_INTERFACE.some((every) => every === hostA || every === hostB);
}
