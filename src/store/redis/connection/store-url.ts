// Parsing of STORE_URL.

import type { NodeAddress } from './node-address.ts';
import type { RedisTarget } from './topology.ts';

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

/** The forms of a store's URL. */
export const STORE_URL_FORMS =
  'redis://[user:password@]host[:port][/database], ' +
  'redis+sentinel://[user:password@]sentinel[:port],sentinel[:port],.../master-name[/database] ' +
  'or redis+cluster://[user:password@]host[:port],host[:port],...; with TLS rediss instead of redis';

/** Where the store is, and the credentials for the servers with the data. Empty texts: none
 * given. */
export type StoreLocation = {
  target: RedisTarget;
  /** Whether every server uses TLS, sentinels included. */
  tls: boolean;
  username: string;
  password: string;
};

/** Reads a store's URL. Throws an Error that names the accepted forms and repeats nothing of the
 * URL. */
export function parseStoreUrl(url: string): StoreLocation {
  const parts =
    /^redis(s?)(|\+sentinel|\+cluster):\/\/(?:([^@]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/.exec(url);
  if (parts === null) throw refusal();
  const [, secure, kind, credentials = '', hosts = '', path = ''] = parts;
  const target = targetFrom(kind, hosts.split(','), path);
  return { target, tls: secure === 's', ...parseCredentials(credentials) };
}

function targetFrom(kind: string | undefined, hosts: string[], path: string): RedisTarget {
  switch (kind) {
    case '+cluster':
      if (path !== '' && path !== '0') throw refusal();
      return { kind: 'cluster', nodes: hosts.map((host) => parseNode(host, DEFAULT_PORT)) };
    case '+sentinel': {
      // The characters that sentinels accept.
      const [, name, database] = /^([\w.-]+)(?:\/(.*))?$/.exec(path) ?? [];
      if (name === undefined) throw refusal();
      const sentinels = hosts.map((host) => parseNode(host, DEFAULT_SENTINEL_PORT));
      return { kind: 'sentinel', sentinels, name, database: parseDatabase(database) };
    }
    default: {
      const [host = '', ...others] = hosts;
      if (others.length > 0) throw refusal();
      return {
        kind: 'standalone',
        ...parseNode(host, DEFAULT_PORT),
        database: parseDatabase(path),
      };
    }
  }
}

function parseDatabase(text = ''): number {
  if (!/^\d{0,5}$/.test(text)) throw refusal();
  return Number(text);
}

function parseNode(text: string, defaultPort: number): NodeAddress {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535) throw refusal();
  return { host, port };
}

/** Percent-decoded, so that a password may hold any character. */
function parseCredentials(text: string): { username: string; password: string } {
  const colon = text.indexOf(':');
  try {
    return colon === -1
      ? { username: decodeURIComponent(text), password: '' }
      : {
          username: decodeURIComponent(text.slice(0, colon)),
          password: decodeURIComponent(text.slice(colon + 1)),
        };
  } catch {
    throw refusal();
  }
}

function refusal(): Error {
  return new Error(`the store URL must be ${STORE_URL_FORMS}`);
}
