// The settings of a store on Redis or Valkey: where it is, how to log in, how long to wait for it.

import { isIP } from 'node:net';
import {
  parseStoreUrl,
  STORE_URL_FORMS,
  type StoreLocation,
} from '../store/redis/connection/store-url.ts';
import { anyText, choice, hidden, integer, type Setting, secret, text } from './setting.ts';
import { pemFile } from './tls-settings.ts';

const REPLICAS_MAX = 16;
/** In place of a number of replicas. */
export const ALL = 'all';

export const STORE_SETTINGS = {
  STORE_URL: hidden(
    text(
      { default: '', range: STORE_URL_FORMS, parse: storeLocationFrom },
      'The Redis or Valkey that stores the sessions. ' +
        'Without it they are stored in DATA_DIR (SQLite).',
    ),
  ),
  STORE_USERNAME: anyText('the name of an ACL user', 'User name for the store.'),
  STORE_PASSWORD: secret(anyText('a password', 'Password for the store.')),
  STORE_SENTINEL_USERNAME: anyText(
    'the name of an ACL user',
    'User name for the sentinels, if they require one.',
  ),
  STORE_SENTINEL_PASSWORD: secret(
    anyText('a password', 'Password for the sentinels, if they require one.'),
  ),
  STORE_TLS_CA: pemFile(
    "CA of the store's certificates; without it the CAs that Node trusts. " +
      'TLS is on if STORE_URL begins with rediss.',
  ),
  STORE_TLS_CERT: pemFile('Certificate to present to the store, if it requires one.'),
  STORE_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  STORE_TLS_SERVER_NAME: text(
    { default: '', range: 'a host name or an IP address', parse: serverNameFrom },
    "Name that the store's certificates must be for; without it the host of the connection.",
  ),
  STORE_CONNECT_TIMEOUT_MS: integer(
    { default: '1000', unit: 'milliseconds', min: 10, max: 60_000 },
    'Connect timeout of the store, including the TLS handshake.',
  ),
  STORE_COMMAND_TIMEOUT_MS: integer(
    { default: '1000', unit: 'milliseconds', min: 10, max: 60_000 },
    'Timeout of one command, after which it is tried again.',
  ),
  STORE_TOPOLOGY_REFRESH_MS: integer(
    { default: '30000', unit: 'milliseconds', min: 1000, max: 3_600_000 },
    'How often the masters are looked up at the cluster or the sentinels, ' +
      'and the setup of the masters is checked.',
  ),
  DURABILITY: choice(
    { default: 'stored', words: ['stored', 'replicated', 'synced'] },
    'What keeps an update before it is answered: the store, also replicas in memory, or all ' +
      'of them on disk.',
  ),
  DURABILITY_REPLICAS: text(
    {
      default: '1',
      range: `a whole number of replicas from 1 to ${REPLICAS_MAX}, or all`,
      parse: replicasFrom,
    },
    'How many replicas that is; all: every one that sentinels or cluster know of, connected ' +
      'or not.',
  ),
  ECHO: choice(
    { default: 'off', words: ['on', 'off'] },
    'Whether what a failover of Redis lost is given back to it. The same in all processes on ' +
      'a store.',
  ),
  ECHO_MAX_BYTES: integer(
    { default: String(64 * 1024 * 1024), unit: 'bytes', min: 1024 * 1024, max: 1024 * 1024 * 1024 },
    'Memory for acknowledged writes that the replicas do not have yet; twice as much during a ' +
      'failover.',
  ),
  EXPIRY_EVENTS: choice(
    { default: 'sweep', words: ['off', 'sweep', 'on', 'enable'] },
    'Whether sessions that expire in Redis are counted: by a sweep; on: sooner, where Redis ' +
      'reports expired keys; enable: it is configured to report them.',
  ),
  KEY_PREFIX: text(
    {
      default: 'cgs:',
      range:
        '1 to 64 characters without white space, braces, brackets, *, ? and backslash, ' +
        'not ending in user: (keys of that form are the user index of a shorter prefix)',
      parse: keyPrefixFrom,
    },
    'Prefix of every key in the store.',
  ),
  LEGACY_STATE: choice(
    { default: 'off', words: ['off', 'read'] },
    'Whether sessions that services of the two tutorials left in Redis are found, and continued.',
  ),
  LEGACY_STORE_URL: secret(
    text(
      { default: '', range: STORE_URL_FORMS, parse: storeLocationFrom },
      'The Redis in which they are. Without it that of STORE_URL.',
    ),
  ),
} as const satisfies Record<string, Setting<unknown>>;

function storeLocationFrom(url: string): StoreLocation | undefined {
  try {
    return parseStoreUrl(url);
  } catch {
    return undefined;
  }
}

function replicasFrom(text: string): number | typeof ALL | undefined {
  if (text === ALL) return ALL;
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= REPLICAS_MAX ? count : undefined;
}

function serverNameFrom(text: string): string | undefined {
  return isIP(text) !== 0 || /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text)
    ? text
    : undefined;
}

function keyPrefixFrom(text: string): string | undefined {
  if (text.endsWith('user:')) return undefined;
  return /^[^\s{}*?[\]\\\p{Cc}]{1,64}$/u.test(text) ? text : undefined;
}
