// STORE_URL, taken apart.

import type { NodeAddress } from './node-address.ts';
import type { RedisTarget } from './topology.ts';

const DEFAULT_PORT = 6379;

/** The forms of a store's URL. */
export const STORE_URL_FORMS =
  'redis://[user:password@]host[:port][/database] or redis+cluster://[user:password@]host[:port],host[:port],...';

/** Where the store is, and as whom to log in. Empty texts: none given. */
export type StoreLocation = { target: RedisTarget; username: string; password: string };

/** Reads a store's URL. Throws an Error that names the accepted forms and repeats nothing of the URL. */
export function parseStoreUrl(url: string): StoreLocation {
  const parts = /^(redis|redis\+cluster):\/\/(?:([^@]*)@)?([^@/?#]+)(?:\/([^/?#]*))?$/.exec(url);
  if (parts === null) throw refusal();
  const [, scheme, credentials = '', hosts = '', path = ''] = parts;
  const nodes = hosts.split(',').map(parseNode);
  return { target: targetFrom(scheme === 'redis', nodes, path), ...parseCredentials(credentials) };
}

function targetFrom(standalone: boolean, nodes: NodeAddress[], path: string): RedisTarget {
  const [node] = nodes;
  if (!standalone) {
    if (path !== '' && path !== '0') throw refusal();
    return { kind: 'cluster', nodes };
  }
  if (node === undefined || nodes.length > 1 || !/^\d{0,5}$/.test(path)) throw refusal();
  return { kind: 'standalone', ...node, database: Number(path) };
}

function parseNode(text: string): NodeAddress {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? DEFAULT_PORT);
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
