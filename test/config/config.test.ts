import { describe, expect, test } from 'vitest';
import { unnamedSecrets } from '../support/secrets.ts';
import { configOf, GENERATED, read } from './reading.ts';

describe('readConfig() without any variable', () => {
  test('gives the documented defaults', () => {
    expect(configOf({})).toMatchObject({
      store: { kind: 'embedded', dataDir: `${process.cwd()}/data` },
      listen: {
        webhook: { host: '127.0.0.1', port: 8080 },
        rpc: { host: '127.0.0.1', port: 28051 },
        admin: { host: '127.0.0.1', port: 28464 },
      },
      session: {
        sessionTtlMs: 86_400_000,
        sessionMaxBytes: 491_520,
        historyMaxEntries: 500,
        restoreByUser: true,
        writeFormat: 1,
      },
      bodyMaxBytes: 1_048_576,
      requestDeadlineMs: 2000,
      shutdownGraceMs: 10_000,
      logLevel: 'info',
      followedFiles: [],
      tls: { webhook: undefined, rpc: undefined },
    });
  });

  test('generates the webhook secret, and has no RPC token', () => {
    const config = configOf({});
    expect(config.generatedWebhookSecret).toBe(GENERATED);
    expect(config.secrets.webhook()).toEqual(unnamedSecrets(GENERATED));
    expect(config.secrets.rpc()).toEqual([]);
  });

  test('is frozen at every depth', () => {
    const config = configOf({});
    for (const part of [
      config,
      config.listen,
      config.listen.rpc,
      config.session,
      config.store,
      config.secrets,
    ])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('counts an empty variable as one that is not set', () => {
    expect(configOf({ STORE_URL: '', SESSION_TTL: '', COGNIGY_WEBHOOK_SECRET: '' })).toMatchObject({
      store: { kind: 'embedded' },
      session: { sessionTtlMs: 86_400_000 },
      generatedWebhookSecret: GENERATED,
    });
  });
});

describe('readConfig() with a Redis store', () => {
  test('takes target, timeouts and credentials', () => {
    const config = configOf({
      STORE_URL: 'redis+cluster://10.0.0.1:7000,10.0.0.2:7001',
      STORE_USERNAME: 'sidecar',
      STORE_PASSWORD: 'pw,with,commas',
      STORE_CONNECT_TIMEOUT_MS: '500',
      STORE_COMMAND_TIMEOUT_MS: '600',
      STORE_TOPOLOGY_REFRESH_MS: '5000',
      DURABILITY: 'replicated',
      DURABILITY_REPLICAS: 'all',
      KEY_PREFIX: 'prod:',
    });
    expect(config.store).toMatchObject({
      kind: 'redis',
      durability: { level: 'replicated', replicas: 'all' },
      target: {
        kind: 'cluster',
        nodes: [
          { host: '10.0.0.1', port: 7000 },
          { host: '10.0.0.2', port: 7001 },
        ],
      },
      username: 'sidecar',
      connectTimeoutMs: 500,
      commandTimeoutMs: 600,
      topologyRefreshMs: 5000,
      keyPrefix: 'prod:',
    });
    expect(config.store.kind === 'redis' && config.store.password()).toBe('pw,with,commas');
  });

  test('takes sentinels, with credentials of their own', () => {
    const { store } = configOf({
      STORE_URL: 'redis+sentinel://me:pw@10.0.0.1,10.0.0.2:7001/mymaster/2',
      STORE_SENTINEL_USERNAME: 'guest',
      STORE_SENTINEL_PASSWORD: 'sentinel pw',
    });
    const sentinels = [
      { host: '10.0.0.1', port: 26379 },
      { host: '10.0.0.2', port: 7001 },
    ];
    expect(store).toMatchObject({
      target: { kind: 'sentinel', sentinels, name: 'mymaster', database: 2 },
      username: 'me',
      sentinelUsername: 'guest',
    });
    if (store.kind !== 'redis') throw new Error('no Redis');
    expect([store.password(), store.sentinelPassword()]).toEqual(['pw', 'sentinel pw']);
  });

  test('takes no credentials for sentinels from the URL', () => {
    const { store } = configOf({ STORE_URL: 'redis+sentinel://me:pw@host/mymaster' });
    expect(store).toMatchObject({ sentinelUsername: '' });
    expect(store.kind === 'redis' && store.sentinelPassword()).toBe('');
  });

  test('takes credentials from the URL', () => {
    const { store } = configOf({ STORE_URL: 'redis://me:p%40ss@localhost' });
    expect(store).toMatchObject({ kind: 'redis', username: 'me' });
    expect(store.kind === 'redis' && store.password()).toBe('p@ss');
  });
});

test('readConfig() lists every problem at once', () => {
  const problems = read({
    SESSION_TTL: 'x',
    LOG_LEVEL: 'loud',
    WEBHOOK_LISTEN: '0.0.0.0:8080',
    RPC_LISTEN: '0.0.0.0:28051',
    ADMIN_LISTEN: '127.0.0.1:8080',
    STORE_COMMAND_TIMEOUT_MS: '3000',
    RPC_TOKEN_FILE: '/nowhere',
    COGNIGY_WEBHOOK_SECRET: 'short',
  }).problems;
  expect(problems).toEqual([
    'RPC_TOKEN_FILE names /nowhere, which cannot be read: ENOENT',
    'COGNIGY_WEBHOOK_SECRET must be secrets of at least 16 printable ASCII characters, ' +
      'separated by commas, or a JSON array of callers; secret 1 of 1 has 5 characters',
    expect.stringMatching(/^SESSION_TTL must be a duration .* not "x"$/),
    'LOG_LEVEL must be debug, info, warn or error; not "loud"',
    expect.stringMatching(/^RPC_LISTEN .* needs RPC_TLS_CERT and RPC_TLS_KEY, /),
    'STORE_COMMAND_TIMEOUT_MS (3000) must be at most REQUEST_DEADLINE_MS (2000): a command cannot outlive its request',
    'WEBHOOK_LISTEN and ADMIN_LISTEN claim the same address, 127.0.0.1:8080',
  ]);
});
