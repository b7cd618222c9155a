import { describe, expect, test } from 'vitest';
import { configOf, read, SECRET } from './reading.ts';

describe('what must hold between settings', () => {
  test.each(['0.0.0.0:8080', '[::]:8080', '10.1.2.3:8080', 'example.test:8080', '0.0.0.0:0'])(
    'a webhook on %s needs a secret, and none is generated',
    (address) => {
      const { problems } = read({ WEBHOOK_LISTEN: address });
      expect(problems).toEqual([
        `WEBHOOK_LISTEN (${address}) is reachable beyond this machine and needs COGNIGY_WEBHOOK_SECRET`,
      ]);
      const config = configOf({ WEBHOOK_LISTEN: address, COGNIGY_WEBHOOK_SECRET: SECRET });
      expect(config.generatedWebhookSecret).toBeUndefined();
    },
  );

  test('RPCs beyond loopback need a token', () => {
    const beyond = { RPC_LISTEN: '0.0.0.0:28051', RPC_PLAINTEXT: 'anywhere' };
    expect(read(beyond).problems).toEqual([
      'RPC_LISTEN (0.0.0.0:28051) is reachable beyond this machine and needs RPC_TOKEN or RPC_TLS_CLIENT_CA',
    ]);
    configOf({ ...beyond, RPC_TOKEN: SECRET });
  });

  test.each(['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1', 'unix:/run/x'])(
    'RPCs on %s need none',
    (address) => {
      configOf({ RPC_LISTEN: address });
    },
  );

  test.each([
    ['127.0.0.1:28464', '127.0.0.1:28464'],
    ['0.0.0.0:28464', '127.0.0.1:28464'],
    ['localhost:28464', '127.0.0.1:28464'],
  ])('listeners on %s and %s clash', (rpc, admin) => {
    const others = { RPC_TOKEN: SECRET, RPC_PLAINTEXT: 'anywhere' };
    expect(read({ RPC_LISTEN: rpc, ADMIN_LISTEN: admin, ...others }).problems).toEqual([
      `RPC_LISTEN and ADMIN_LISTEN claim the same address, ${admin}`,
    ]);
  });

  test('ports that the system chooses do not clash, nor do other hosts', () => {
    configOf({
      WEBHOOK_LISTEN: '127.0.0.1:0',
      RPC_LISTEN: '127.0.0.1:0',
      ADMIN_LISTEN: '127.0.0.1:0',
    });
    configOf({ RPC_LISTEN: '127.0.0.2:28464', ADMIN_LISTEN: '127.0.0.1:28464' });
  });

  test('a command may take as long as its request, and no longer', () => {
    configOf({ STORE_COMMAND_TIMEOUT_MS: '700', REQUEST_DEADLINE_MS: '700' });
    expect(read({ REQUEST_DEADLINE_MS: '700' }).problems).toEqual([
      'STORE_COMMAND_TIMEOUT_MS (1000) must be at most REQUEST_DEADLINE_MS (700): a command cannot outlive its request',
    ]);
  });

  test('a spool needs a store elsewhere, and lies in DATA_DIR unless its folder is set', () => {
    expect(read({ SPOOL: 'on' }).problems).toEqual([
      'SPOOL is on without STORE_URL: the embedded store is on the local disk itself',
    ]);
    const elsewhere = { STORE_URL: 'redis://h', DATA_DIR: '/data', SPOOL_DIR: '' };
    expect(configOf(elsewhere).spool).toBeUndefined();
    expect(configOf({ ...elsewhere, SPOOL: 'on' }).spool).toEqual({
      directory: '/data/spool',
      maxBytes: 64 * 1024 * 1024,
      ...{ afterMs: 700, maxAgeMs: 23 * 3_600_000 },
    });
    const given = { SPOOL: 'on', SPOOL_DIR: '/spool', SPOOL_MAX_BYTES: '16777216' };
    expect(configOf({ ...elsewhere, ...given }).spool).toEqual({
      directory: '/spool',
      maxBytes: 16 * 1024 * 1024,
      ...{ afterMs: 700, maxAgeMs: 23 * 3_600_000 },
    });
    expect(read({ ...elsewhere, SPOOL_MAX_BYTES: '16777215' }).problems).toHaveLength(1);
  });

  test('an update goes to the spool before its deadline, and not for longer than erases are known', () => {
    const elsewhere = { STORE_URL: 'redis://h', REQUEST_DEADLINE_MS: '700' };
    expect(read(elsewhere).problems ?? []).not.toContainEqual(expect.stringMatching('SPOOL'));
    expect(read({ ...elsewhere, SPOOL: 'on' }).problems).toContainEqual(
      expect.stringMatching(
        /^SPOOL_AFTER_MS \(700\) must be less than REQUEST_DEADLINE_MS \(700\)/,
      ),
    );
    const given = { ...elsewhere, STORE_COMMAND_TIMEOUT_MS: '600', SPOOL: 'on' };
    expect(configOf({ ...given, SPOOL_AFTER_MS: '699' }).spool?.afterMs).toBe(699);
    expect(read({ ...given, SPOOL_MAX_AGE: '24h' }).problems).toContainEqual(
      expect.stringMatching(/^SPOOL_MAX_AGE must be .* from 1 minute to 23 hours/),
    );
  });

  test('a value that cannot be read is compared with nothing', () => {
    expect(
      read({ REQUEST_DEADLINE_MS: '1s', STORE_COMMAND_TIMEOUT_MS: '5000' }).problems,
    ).toHaveLength(1);
  });

  test.each(['replicated', 'synced'])('%s durability needs a store with replicas', (DURABILITY) => {
    expect(read({ DURABILITY }).problems).toEqual([
      `DURABILITY is ${DURABILITY} without STORE_URL: the embedded store has no replicas`,
    ]);
    expect(read({ DURABILITY, STORE_URL: 'redis://host' }).problems).toBeUndefined();
  });

  test('all replicas need somebody who knows how many there are', () => {
    const all = { DURABILITY: 'replicated', DURABILITY_REPLICAS: 'all' };
    expect(read({ ...all, STORE_URL: 'redis://host' }).problems).toEqual([
      'DURABILITY_REPLICAS is all, and STORE_URL names a single server: only sentinels and ' +
        'clusters say how many replicas are configured, so give their number',
    ]);
    for (const STORE_URL of ['redis+cluster://host', 'redis+sentinel://host/name'])
      expect(read({ ...all, STORE_URL }).problems).toBeUndefined();
  });

  test('a number of replicas needs a durability that waits for them', () => {
    expect(read({ DURABILITY_REPLICAS: '2', STORE_URL: 'redis://host' }).problems).toEqual([
      'DURABILITY_REPLICAS is set, and DURABILITY is stored: no update waits for a replica',
    ]);
  });

  test('credentials of a store without its URL are a store that was forgotten', () => {
    expect(read({ STORE_USERNAME: 'me', STORE_PASSWORD: 'pw' }).problems).toEqual([
      'STORE_USERNAME is set without STORE_URL: the embedded store takes no credentials',
      'STORE_PASSWORD is set without STORE_URL: the embedded store takes no credentials',
    ]);
  });

  test('credentials for sentinels need a URL that names sentinels', () => {
    const credentials = { STORE_SENTINEL_USERNAME: 'me', STORE_SENTINEL_PASSWORD: 'pw' };
    expect(read(credentials).problems).toEqual([
      'STORE_SENTINEL_USERNAME is set without STORE_URL: the embedded store takes no credentials',
      'STORE_SENTINEL_PASSWORD is set without STORE_URL: the embedded store takes no credentials',
    ]);
    for (const STORE_URL of ['redis://host', 'redis+cluster://host']) {
      expect(read({ STORE_URL, ...credentials }).problems).toEqual([
        'STORE_SENTINEL_USERNAME is set, and STORE_URL names no sentinels: only redis+sentinel:// does',
        'STORE_SENTINEL_PASSWORD is set, and STORE_URL names no sentinels: only redis+sentinel:// does',
      ]);
    }
    expect(read({ STORE_URL: 'redis+sentinel://host', ...credentials }).problems).toHaveLength(1);
    configOf({ STORE_URL: 'redis+sentinel://host/mymaster', ...credentials });
  });

  test('TLS towards a store needs a URL that begins with rediss', () => {
    const files = { '/ca.pem': '', '/cert.pem': '', '/key.pem': '' };
    const settings = {
      ...{ STORE_TLS_CA: '/ca.pem', STORE_TLS_CERT: '/cert.pem', STORE_TLS_KEY: '/key.pem' },
      STORE_TLS_SERVER_NAME: 'store.test',
    };
    const names = Object.keys(settings);
    expect(read(settings, files).problems).toEqual(
      expect.arrayContaining(
        names.map((name) => `${name} is set without STORE_URL: the embedded store is a file`),
      ),
    );
    for (const STORE_URL of [
      'redis://host',
      'redis+cluster://host',
      'redis+sentinel://host/mymaster',
    ]) {
      expect(read({ STORE_URL, ...settings }, files).problems).toEqual(
        expect.arrayContaining(
          names.map(
            (name) =>
              `${name} is set, and STORE_URL does not begin with rediss: nothing would be encrypted`,
          ),
        ),
      );
    }
    const secure = configOf({ STORE_URL: 'rediss://host', STORE_TLS_SERVER_NAME: 'store.test' });
    expect(secure.store).toMatchObject({ tlsServerName: 'store.test' });
  });

  test('credentials in two places contradict each other', () => {
    expect(
      read({ STORE_URL: 'redis://me:pw@host', STORE_USERNAME: 'me', STORE_PASSWORD: 'pw' })
        .problems,
    ).toEqual([
      'STORE_URL holds a user name and STORE_USERNAME is set: set one of them',
      'STORE_URL holds a password and STORE_PASSWORD is set: set one of them',
    ]);
  });
});
