import { describe, expect, test } from 'vitest';
import { keyRingText } from '../support/encryption-keys.ts';
import { read } from './reading.ts';

const SINGLE = 'set STORE_URL=redis://host:port/database';
const CLUSTER = 'set STORE_URL=redis+cluster://host:port,host:port';
const SENTINEL = 'set STORE_URL=redis+sentinel://host:port,host:port/master-name';
const PASSWORD = 'set STORE_URL, and STORE_PASSWORD or STORE_PASSWORD_FILE';
const TTL = 'set SESSION_TTL, a duration such as 24h or 3600 (seconds)';

const STORE: [string, string][] = [
  ['REDIS_URL', SINGLE],
  ['REDIS_TLS_URL', SINGLE],
  ['REDIS_URI', SINGLE],
  ['REDIS_HOST', SINGLE],
  ['REDIS_PORT', SINGLE],
  ['REDIS_DB', SINGLE],
  ['VALKEY_URL', SINGLE],
  ['redis_url', SINGLE],
  ['SPRING_REDIS_HOST', SINGLE],
  ['SPRING_DATA_REDIS_URL', SINGLE],
  ['SPRING_DATA_REDIS_HOST', SINGLE],
  ['SPRING_DATA_REDIS_PORT', SINGLE],
  ['spring.data.redis.host', SINGLE],
  ['REDIS_CLUSTER_NODES', CLUSTER],
  ['SPRING_REDIS_CLUSTER_NODES', CLUSTER],
  ['SPRING_DATA_REDIS_CLUSTER_NODES', CLUSTER],
  ['SPRING_DATA_REDIS_CLUSTER_NODES_0', CLUSTER],
  ['REDIS_SENTINELS', SENTINEL],
  ['SPRING_DATA_REDIS_SENTINEL_MASTER', SENTINEL],
  ['SPRING_DATA_REDIS_SENTINEL_NODES', SENTINEL],
  ['REDIS_SENTINEL_PASSWORD', 'set STORE_SENTINEL_PASSWORD or STORE_SENTINEL_USERNAME'],
  ['REDIS_PASSWORD', PASSWORD],
  ['REDIS_PASSWORD_FILE', PASSWORD],
  ['SPRING_DATA_REDIS_PASSWORD', PASSWORD],
  ['REDIS_USERNAME', 'set STORE_URL, and STORE_USERNAME'],
  ['REDIS_TLS', 'set a STORE_URL that begins with rediss'],
  ['SPRING_DATA_REDIS_SSL_ENABLED', 'set a STORE_URL that begins with rediss'],
  ['REDIS_KEY_PREFIX', 'set STORE_URL, and KEY_PREFIX'],
];

describe('a variable by which another product names the store is warned of', () => {
  test.each(STORE)('%s', (name, advice) => {
    const [warning, ...others] = read({ [name]: 'redis://me:hunter2@host' }).warnings;
    expect(others).toEqual([]);
    expect(warning).toBe(
      `${name} is not a setting: ${advice}; without STORE_URL sessions are kept in a file (SQLite)`,
    );
  });

  test("not once STORE_URL is set: it is somebody else's then", () => {
    const environment = Object.fromEntries(STORE.map(([name]) => [name, 'x']));
    expect(read({ ...environment, STORE_URL: 'redis://h' }).warnings).toEqual([]);
  });
});

describe('a variable by which another product names how long sessions live is warned of', () => {
  test.each([
    ...[
      'COGNIGY_STATE_TTL',
      'COGNIGY_STATE_TTL_SECONDS',
      'STATE_TTL_HOURS',
      'SESSION_EXPIRE_SECONDS',
    ],
    ...['REDIS_TTL', 'REDIS_SESSION_TTL', 'SPRING_SESSION_TIMEOUT'],
  ])('%s', (name) => {
    expect(read({ [name]: '3600', STORE_URL: 'redis://h' }).warnings).toEqual([
      `${name} is not a setting: ${TTL}`,
    ]);
    expect(read({ [name]: '3600', SESSION_TTL: '1h' }).warnings).toEqual([]);
  });

  test('SESSION_TTL_SECONDS, which comes close to the setting, once', () => {
    expect(read({ SESSION_TTL_SECONDS: '3600' }).warnings).toEqual([
      'SESSION_TTL_SECONDS is not a setting; SESSION_TTL is',
    ]);
  });
});

test('what Kubernetes sets for a service named redis, redis-cluster or valkey is not warned of', () => {
  const links = ['REDIS', 'REDIS_CLUSTER', 'REDIS_SENTINEL', 'VALKEY', 'REDIS_HOST'].flatMap(
    (service) => [
      [`${service}_SERVICE_HOST`, '10.0.0.7'],
      [`${service}_SERVICE_PORT`, '6379'],
      [`${service}_SERVICE_PORT_TCP_REDIS`, '6379'],
      [`${service}_PORT`, 'tcp://10.0.0.7:6379'],
      [`${service}_PORT_6379_TCP`, 'tcp://10.0.0.7:6379'],
      [`${service}_PORT_6379_TCP_PROTO`, 'tcp'],
      [`${service}_PORT_6379_TCP_PORT`, '6379'],
      [`${service}_PORT_6379_TCP_ADDR`, '10.0.0.7'],
    ],
  );
  expect(read(Object.fromEntries(links)).warnings).toEqual([]);
});

test('an empty variable is not warned of', () => {
  expect(read({ REDIS_URL: '' }).warnings).toEqual([]);
});

test.each(['SEAL_IDS', 'ENCRYPT_IDS', 'ID_KEY_FILE'])(
  '%s leads to the key of ids, whether contents are encrypted or not',
  (name) => {
    const warning =
      `${name} is not a setting: ` +
      'add idKey to the keys in ENCRYPTION_KEYS_FILE, and ids are encrypted';
    for (const keys of [{}, { ENCRYPTION_KEYS: keyRingText('one') }])
      expect(read({ [name]: 'on', ...keys }).warnings).toEqual([warning]);
  },
);
