// The configuration of the stores, from the values of the settings.

import type { RequiredDurability } from '../store/redis/connection/required-durability.ts';
import type { RedisTarget } from '../store/redis/connection/topology.ts';
import type { RotatingTls } from './rotating-tls.ts';
import type { SettingValues } from './settings.ts';

export type StoreConfig =
  /** SQLite in a folder, an absolute path. */
  { readonly kind: 'embedded'; readonly dataDir: string } | RedisConfig;

export type RedisConfig = {
  readonly kind: 'redis';
  readonly target: RedisTarget;
  /** Empty: none. */
  readonly username: string;
  /** To be called at each connection. Empty: none. */
  readonly password: () => string;
  /** The same, for the sentinels. */
  readonly sentinelUsername: string;
  readonly sentinelPassword: () => string;
  /** Undefined: plain text. */
  readonly tls: RotatingTls | undefined;
  /** Name that certificates must be for; empty: the host of the connection. */
  readonly tlsServerName: string;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly topologyRefreshMs: number;
  readonly durability: RequiredDurability;
  readonly keyPrefix: string;
  /** How sessions that expire are counted; undefined: not at all. */
  readonly endCounting?: SettingValues['EXPIRY_EVENTS'] | undefined;
  /** Undefined: what a failover loses is lost. */
  readonly echo?: { readonly maxBytes: number; readonly writesMoments: boolean } | undefined;
};

/** The store that the settings name. */
export function storeConfigFrom(
  values: SettingValues,
  given: {
    password: (() => string) | undefined;
    sentinelPassword: (() => string) | undefined;
    tls: RotatingTls | undefined;
  },
): StoreConfig {
  const location = values.STORE_URL;
  if (location === undefined) return { kind: 'embedded', dataDir: values.DATA_DIR };
  return {
    kind: 'redis',
    target: location.target,
    username: values.STORE_USERNAME ?? location.username,
    password: given.password ?? (() => location.password),
    sentinelUsername: values.STORE_SENTINEL_USERNAME ?? '',
    sentinelPassword: given.sentinelPassword ?? (() => ''),
    tls: location.tls ? given.tls : undefined,
    tlsServerName: values.STORE_TLS_SERVER_NAME ?? '',
    connectTimeoutMs: values.STORE_CONNECT_TIMEOUT_MS,
    commandTimeoutMs: values.STORE_COMMAND_TIMEOUT_MS,
    topologyRefreshMs: values.STORE_TOPOLOGY_REFRESH_MS,
    durability: { level: values.DURABILITY, replicas: values.DURABILITY_REPLICAS },
    keyPrefix: values.KEY_PREFIX,
    endCounting: values.EXPIRY_EVENTS,
    echo: echoFrom(values),
  };
}

/** The store of former services: that of the sessions, or another one, with the credentials in its
 * URL and the same certificates. If the URL is replaced, its new password is used from the next
 * connection on, and the rest of it from the next start. */
export function legacyStoreFrom(
  values: SettingValues,
  store: RedisConfig,
  given: {
    url: (() => SettingValues['LEGACY_STORE_URL']) | undefined;
    tls: RotatingTls | undefined;
  },
): RedisConfig {
  const durability = { level: 'stored', replicas: values.DURABILITY_REPLICAS } as const;
  const location = given.url?.();
  if (location === undefined) return { ...store, durability, echo: undefined };
  const { target, username } = location;
  const password = () => given.url?.()?.password ?? '';
  return {
    ...{ ...store, durability, echo: undefined, target, username, password },
    ...{ sentinelUsername: '', sentinelPassword: () => '' },
    tls: location.tls ? given.tls : undefined,
  };
}

function echoFrom({ ECHO, ECHO_MAX_BYTES, WRITE_FORMAT }: SettingValues): RedisConfig['echo'] {
  return ECHO === 'on' ? { maxBytes: ECHO_MAX_BYTES, writesMoments: WRITE_FORMAT > 1 } : undefined;
}
