// Warns of variables that other products, and the software that this service replaces, use for the
// same purpose. Somebody who sets REDIS_URL expects Redis; without a warning the sessions would be
// stored in a file.
//
// It warns only while the corresponding setting is not set; otherwise the variable is probably for
// another program. Kubernetes itself sets REDIS_PORT=tcp://10.0.0.7:6379 and similar variables in
// every Pod of a namespace with a Service named redis.

import type { Environment } from './raw-settings.ts';

type OtherName = {
  name: RegExp;
  /** The setting with the same purpose; there is no warning if it is set. Not given: there is none. */
  setting?:
    | 'STORE_URL'
    | 'SESSION_TTL'
    | 'STORE_COMMAND_TIMEOUT_MS'
    | 'STORE_CONNECT_TIMEOUT_MS'
    | 'STORE_TOPOLOGY_REFRESH_MS'
    | 'WEBHOOK_LISTEN'
    | 'OTEL_EXPORTER_OTLP_ENDPOINT';
  /** What to set. */
  advice: string;
};

const REDIS = '(?:SPRING_(?:DATA_)?)?(?:REDIS|VALKEY)';
const INSTEAD = 'without STORE_URL sessions are kept in a file (SQLite)';

function redis(name: string, advice: string): OtherName {
  return {
    name: new RegExp(`^${REDIS}_${name}$`),
    setting: 'STORE_URL',
    advice: `${advice}; ${INSTEAD}`,
  };
}

/** The first match counts. */
const OTHER_NAMES: readonly OtherName[] = [
  redis(
    'CLUSTER(?:_(?:NODES?|HOSTS?|URLS?|ENDPOINTS?|ADDRESSE?S?))?(?:_\\d+_?)?',
    'set STORE_URL=redis+cluster://host:port,host:port',
  ),
  redis(
    'SENTINELS?(?:_(?:NODES?|HOSTS?|MASTER(?:_NAME)?|URLS?))?(?:_\\d+_?)?',
    'set STORE_URL=redis+sentinel://host:port,host:port/master-name',
  ),
  redis(
    '(?:SENTINEL_)(?:PASSWORD|USERNAME)',
    'set STORE_SENTINEL_PASSWORD or STORE_SENTINEL_USERNAME',
  ),
  redis('(?:SSL|TLS|USE_TLS|USE_SSL)(?:_ENABLED)?', 'set a STORE_URL that begins with rediss'),
  redis(
    '(?:PASSWORD|PASS|AUTH|AUTH_TOKEN)(?:_FILE)?',
    'set STORE_URL, and STORE_PASSWORD or STORE_PASSWORD_FILE',
  ),
  redis('(?:USER|USERNAME)', 'set STORE_URL, and STORE_USERNAME'),
  redis('(?:KEY_)?PREFIX', 'set STORE_URL, and KEY_PREFIX'),
  redis(
    '(?:(?:TLS_)?URL|URI|DSN|CONNECTION_STRING|HOST|HOSTS|HOSTNAME|SERVER|NODES?|ADDR|ADDRESS' +
      '|ENDPOINT|PORT|DB|DATABASE)',
    'set STORE_URL=redis://host:port/database',
  ),
  {
    name: new RegExp(
      `^(?:(?:COGNIGY_|SESSION_)*STATE_TTL|${REDIS}_(?:SESSION_|KEY_|STATE_)?` +
        '(?:TTL|EXPIRY|EXPIRE)|SPRING_SESSION_TIMEOUT|SESSION_(?:EXPIRY|EXPIRE|EXPIRATION))' +
        '(?:_SECONDS|_S|_MS|_HOURS|_DURATION)?$',
    ),
    setting: 'SESSION_TTL',
    advice: 'set SESSION_TTL, a duration such as 24h or 3600 (seconds)',
  },
  {
    name: new RegExp(`^${REDIS}_(?:COMMAND_)?TIMEOUT(?:_MS)?$`),
    setting: 'STORE_COMMAND_TIMEOUT_MS',
    advice: 'set STORE_COMMAND_TIMEOUT_MS, in milliseconds',
  },
  {
    name: new RegExp(`^${REDIS}_CONNECT(?:ION)?_TIMEOUT(?:_MS)?$`),
    setting: 'STORE_CONNECT_TIMEOUT_MS',
    advice: 'set STORE_CONNECT_TIMEOUT_MS, in milliseconds',
  },
  {
    name: new RegExp(`^${REDIS}_LETTUCE_CLUSTER_REFRESH_PERIOD$`),
    setting: 'STORE_TOPOLOGY_REFRESH_MS',
    advice: 'set STORE_TOPOLOGY_REFRESH_MS, in milliseconds',
  },
  {
    name: /^(?:SERVER|UVICORN|HTTP)_PORT$/,
    setting: 'WEBHOOK_LISTEN',
    advice: 'set WEBHOOK_LISTEN=host:port',
  },
  {
    name: /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT$/,
    setting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    advice: 'set OTEL_EXPORTER_OTLP_ENDPOINT, without /v1/traces',
  },
  {
    name: /^(?:SEAL|ENCRYPT|HASH)_(?:SESSION_|USER_)?IDS$|^ID_KEY(?:_FILE)?$/,
    advice: 'add idKey to the keys in ENCRYPTION_KEYS_FILE, and ids are encrypted',
  },
];

/** The values that Kubernetes, and Docker before it, set for a service of such a name. */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;

/** The usual spelling of a variable. Spring's own, spring.data.redis.host, is possible in a Pod. */
export function asVariable(name: string): string {
  return name.toUpperCase().replaceAll(/[.-]/g, '_');
}

/** One warning for each variable of another product whose corresponding setting is not set. Values
 * may contain passwords and are not repeated. `isSet` returns whether a setting is set. */
export function otherNameWarnings(
  environment: Environment,
  isSet: (setting: NonNullable<OtherName['setting']>) => boolean,
): string[] {
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (!value || SERVICE_LINK.test(value)) return [];
    const spelled = asVariable(variable);
    const other = OTHER_NAMES.find(({ name }) => name.test(spelled));
    if (other === undefined || (other.setting && isSet(other.setting))) return [];
    return [`${variable} is not a setting: ${other.advice}`];
  });
}
