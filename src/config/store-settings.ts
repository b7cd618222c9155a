// The settings of a store on Redis or Valkey: where it is, how to log in, how long to wait for it.

import { isIP } from 'node:net';
import {
  parseStoreUrl,
  STORE_URL_FORMS,
  type StoreLocation,
} from '../store/redis/connection/store-url.ts';
import { integer, type Setting, text } from './setting.ts';
import { pemFile } from './tls-settings.ts';

export const STORE_SETTINGS = {
  STORE_URL: {
    ...text({
      default: '',
      range: STORE_URL_FORMS,
      description:
        'The Redis or Valkey that keeps the sessions; without it SQLite in DATA_DIR does.',
      parse: storeLocationFrom,
    }),
    hidden: true,
  },
  STORE_USERNAME: text({
    default: '',
    range: 'the name of an ACL user',
    description: 'User to authenticate as at the store.',
    parse: (name) => name,
  }),
  STORE_PASSWORD: {
    ...text({
      default: '',
      range: 'a password',
      description: 'Password at the store.',
      parse: (password) => password,
    }),
    secret: true,
    hidden: true,
  },
  STORE_SENTINEL_USERNAME: text({
    default: '',
    range: 'the name of an ACL user',
    description: 'User to authenticate as at the sentinels, where they want one.',
    parse: (name) => name,
  }),
  STORE_SENTINEL_PASSWORD: {
    ...text({
      default: '',
      range: 'a password',
      description: 'Password at the sentinels, where they want one.',
      parse: (password) => password,
    }),
    secret: true,
    hidden: true,
  },
  STORE_TLS_CA: pemFile(
    "CA of the store's certificates; without it those that Node trusts. TLS is on where STORE_URL begins with rediss.",
  ),
  STORE_TLS_CERT: pemFile('Certificate to present at the store, where it wants one.'),
  STORE_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  STORE_TLS_SERVER_NAME: text({
    default: '',
    range: 'a host name or an IP address',
    description:
      "Name that the store's certificates are checked for; without it the host one connects to.",
    parse: serverNameFrom,
  }),
  STORE_CONNECT_TIMEOUT_MS: integer({
    default: '1000',
    unit: 'milliseconds',
    min: 10,
    max: 60_000,
    description: 'How long a connection to the store may take to stand.',
  }),
  STORE_COMMAND_TIMEOUT_MS: integer({
    default: '1000',
    unit: 'milliseconds',
    min: 10,
    max: 60_000,
    description: 'How long one command may take before it is tried again.',
  }),
  STORE_TOPOLOGY_REFRESH_MS: integer({
    default: '30000',
    unit: 'milliseconds',
    min: 1000,
    max: 3_600_000,
    description:
      'How often cluster or sentinels are asked for the masters, and these for how they are set up.',
  }),
  KEY_PREFIX: text({
    default: 'cgs:',
    range:
      '1 to 64 characters without white space, braces, brackets, *, ? and backslash, not ending in user: ' +
      '(keys of that form are the user index of a shorter prefix)',
    description: 'What every key in the store starts with.',
    parse: keyPrefixFrom,
  }),
} as const satisfies Record<string, Setting<unknown>>;

function storeLocationFrom(url: string): StoreLocation | undefined {
  try {
    return parseStoreUrl(url);
  } catch {
    return undefined;
  }
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
