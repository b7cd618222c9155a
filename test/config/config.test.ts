import { describe, expect, test } from 'vitest';
import { type ConfigResult, readConfig } from '../../src/config.ts';

const SECRET = 'a-secret-of-32-characters-in-all';
const OTHER_SECRET = 'another-secret-of-sixteen-or-more';
const GENERATED = 'generated-secret-generated-secret';

function read(environment: Record<string, string>, files: Record<string, string> = {}): ConfigResult {
  return readConfig(environment, {
    createSecret: () => GENERATED,
    readFile: (path) => {
      const content = files[path];
      if (content !== undefined) return content;
      throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
    },
  });
}

function configOf(environment: Record<string, string>, files?: Record<string, string>) {
  const { config, problems } = read(environment, files);
  expect(problems).toBeUndefined();
  if (config === undefined) throw new Error('no config');
  return config;
}

describe('readConfig() without any variable', () => {
  test('gives the documented defaults', () => {
    expect(configOf({})).toMatchObject({
      store: { kind: 'embedded', dataDir: `${process.cwd()}/data` },
      listen: {
        webhook: { host: '127.0.0.1', port: 8080 },
        rpc: { host: '127.0.0.1', port: 50051 },
        admin: { host: '127.0.0.1', port: 9464 },
      },
      session: {
        sessionTtlMs: 86_400_000,
        sessionMaxBytes: 524_288,
        historyMaxEntries: 500,
        restoreByUser: true,
      },
      bodyMaxBytes: 1_048_576,
      requestDeadlineMs: 2000,
      shutdownGraceMs: 10_000,
      logLevel: 'info',
      secretFiles: [],
    });
  });

  test('generates the webhook secret, and has no RPC token', () => {
    const config = configOf({});
    expect(config.generatedWebhookSecret).toBe(GENERATED);
    expect(config.secrets.webhook()).toEqual([GENERATED]);
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
      KEY_PREFIX: 'prod:',
    });
    expect(config.store).toMatchObject({
      kind: 'redis',
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

  test('takes credentials from the URL', () => {
    const { store } = configOf({ STORE_URL: 'redis://me:p%40ss@localhost' });
    expect(store).toMatchObject({ kind: 'redis', username: 'me' });
    expect(store.kind === 'redis' && store.password()).toBe('p@ss');
  });
});

describe('a setting that is out of range is refused, with its range and what stood there', () => {
  test.each([
    [
      'SESSION_TTL',
      'soon',
      'a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), from 1 second to 400 days; not "soon"',
    ],
    [
      'SESSION_TTL',
      '0',
      'a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), from 1 second to 400 days; not "0"',
    ],
    [
      'SESSION_TTL',
      'P401D',
      'a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), from 1 second to 400 days; not "P401D"',
    ],
    ['STORE_CONNECT_TIMEOUT_MS', '1e3', 'a whole number of milliseconds from 10 to 60000; not "1e3"'],
    ['STORE_CONNECT_TIMEOUT_MS', '10s', 'a whole number of milliseconds from 10 to 60000; not "10s"'],
    ['STORE_CONNECT_TIMEOUT_MS', ' 100', 'a whole number of milliseconds from 10 to 60000; not " 100"'],
    ['STORE_CONNECT_TIMEOUT_MS', '-5', 'a whole number of milliseconds from 10 to 60000; not "-5"'],
    ['STORE_CONNECT_TIMEOUT_MS', '1000.0', 'a whole number of milliseconds from 10 to 60000; not "1000.0"'],
    ['STORE_CONNECT_TIMEOUT_MS', '0x10', 'a whole number of milliseconds from 10 to 60000; not "0x10"'],
    ['STORE_CONNECT_TIMEOUT_MS', '9', 'a whole number of milliseconds from 10 to 60000; not "9"'],
    ['STORE_TOPOLOGY_REFRESH_MS', '999', 'a whole number of milliseconds from 1000 to 3600000; not "999"'],
    ['HISTORY_MAX_ENTRIES', '501', 'a whole number of entries from 1 to 500; not "501"'],
    ['HISTORY_MAX_ENTRIES', '0', 'a whole number of entries from 1 to 500; not "0"'],
    ['SESSION_MAX_BYTES', '512', 'a whole number of bytes from 1024 to 16777216; not "512"'],
    ['BODY_MAX_BYTES', '1MiB', 'a whole number of bytes from 1024 to 16777216; not "1MiB"'],
    ['RESTORE_BY_USER', 'yes', 'on or off; not "yes"'],
    ['LOG_LEVEL', 'INFO', 'debug, info, warn or error; not "INFO"'],
    [
      'KEY_PREFIX',
      'a{b}',
      '1 to 64 characters without white space, braces, brackets, *, ? and backslash; not "a{b}"',
    ],
    [
      'WEBHOOK_LISTEN',
      '8080',
      'host:port, such as 127.0.0.1:8080 or [::1]:8080; port 0 lets the system choose; not "8080"',
    ],
    [
      'ADMIN_LISTEN',
      'unix:/a',
      'host:port, such as 127.0.0.1:8080 or [::1]:8080; port 0 lets the system choose; not "unix:/a"',
    ],
    [
      'RPC_LISTEN',
      'unix:a',
      'host:port, such as 127.0.0.1:8080 or [::1]:8080; port 0 lets the system choose; or unix: and an absolute path; not "unix:a"',
    ],
  ])('%s=%s', (name, value, mustBe) => {
    expect(read({ [name]: value }).problems).toEqual([`${name} must be ${mustBe}`]);
  });

  test('a long value is cut', () => {
    const [problem] = read({ LOG_LEVEL: 'x'.repeat(5000) }).problems ?? [];
    expect(problem).toBe(`LOG_LEVEL must be debug, info, warn or error; not "${'x'.repeat(60)}…"`);
  });

  test('a store URL is not shown, for it may hold a password', () => {
    expect(read({ STORE_URL: 'rediss://me:hunter2@host' }).problems).toEqual([
      'STORE_URL must be redis://[user:password@]host[:port][/database] or ' +
        'redis+cluster://[user:password@]host[:port],host[:port],...',
    ]);
  });
});

test('readConfig() lists every problem at once', () => {
  const problems = read({
    SESSION_TTL: 'x',
    LOG_LEVEL: 'loud',
    WEBHOOK_LISTEN: '0.0.0.0:8080',
    RPC_LISTEN: '0.0.0.0:50051',
    ADMIN_LISTEN: '127.0.0.1:8080',
    STORE_COMMAND_TIMEOUT_MS: '3000',
    RPC_TOKEN_FILE: '/nowhere',
    COGNIGY_WEBHOOK_SECRET: 'short',
  }).problems;
  expect(problems).toEqual([
    'RPC_TOKEN_FILE names /nowhere, which cannot be read: ENOENT',
    'COGNIGY_WEBHOOK_SECRET must be secrets of at least 16 printable ASCII characters, separated by commas; secret 1 of 1 has 5 characters',
    expect.stringMatching(/^SESSION_TTL must be a duration .* not "x"$/),
    'LOG_LEVEL must be debug, info, warn or error; not "loud"',
    'STORE_COMMAND_TIMEOUT_MS (3000) must be at most REQUEST_DEADLINE_MS (2000): a command cannot outlive its request',
    'WEBHOOK_LISTEN and ADMIN_LISTEN claim the same address, 127.0.0.1:8080',
  ]);
});

describe('durations', () => {
  test.each([
    ['24h', 86_400_000],
    ['90m', 5_400_000],
    ['1h30m', 5_400_000],
    ['45s', 45_000],
    ['400d', 34_560_000_000],
    ['PT24H', 86_400_000],
    ['P7D', 604_800_000],
    ['P2W', 1_209_600_000],
    ['P1DT1M', 86_460_000],
    ['3600', 3_600_000],
    ['1', 1000],
  ])('%s is %d ms', (text, ms) => {
    expect(configOf({ SESSION_TTL: text }).session.sessionTtlMs).toBe(ms);
  });

  test.each(['24H', 'P', 'PT', 'P1M', 'P1Y', '1.5h', '24 h', 'h', 'P1D2H', '-1h', '30m1h'])(
    '%s is none',
    (text) => {
      expect(read({ SESSION_TTL: text }).problems).toHaveLength(1);
    },
  );
});

describe('listen addresses', () => {
  test.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:50051', { host: '::1', port: 50051 }],
    ['LocalHost:65535', { host: 'localhost', port: 65_535 }],
    ['unix:/run/session.sock', { path: '/run/session.sock' }],
  ])('%s is taken for RPC_LISTEN', (text, address) => {
    expect(configOf({ RPC_LISTEN: text }).listen.rpc).toEqual(address);
  });

  test.each([
    ':8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:80',
    '[::1]',
    '[nonsense]:80',
    'a b:80',
    `unix:/${'x'.repeat(200)}`,
  ])('%s is refused', (text) => {
    expect(read({ RPC_LISTEN: text }).problems).toHaveLength(1);
  });
});

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
    expect(read({ RPC_LISTEN: '0.0.0.0:50051' }).problems).toEqual([
      'RPC_LISTEN (0.0.0.0:50051) is reachable beyond this machine and needs RPC_TOKEN',
    ]);
    configOf({ RPC_LISTEN: '0.0.0.0:50051', RPC_TOKEN: SECRET });
  });

  test.each(['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1', 'unix:/run/x'])(
    'RPCs on %s need none',
    (address) => {
      configOf({ RPC_LISTEN: address });
    },
  );

  test.each([
    ['127.0.0.1:9464', '127.0.0.1:9464'],
    ['0.0.0.0:9464', '127.0.0.1:9464'],
    ['localhost:9464', '127.0.0.1:9464'],
  ])('listeners on %s and %s clash', (rpc, admin) => {
    expect(read({ RPC_LISTEN: rpc, ADMIN_LISTEN: admin, RPC_TOKEN: SECRET }).problems).toEqual([
      `RPC_LISTEN and ADMIN_LISTEN claim the same address, ${admin}`,
    ]);
  });

  test('ports that the system chooses do not clash, nor do other hosts', () => {
    configOf({ WEBHOOK_LISTEN: '127.0.0.1:0', RPC_LISTEN: '127.0.0.1:0', ADMIN_LISTEN: '127.0.0.1:0' });
    configOf({ RPC_LISTEN: '127.0.0.2:9464', ADMIN_LISTEN: '127.0.0.1:9464' });
  });

  test('a command may take as long as its request, and no longer', () => {
    configOf({ STORE_COMMAND_TIMEOUT_MS: '700', REQUEST_DEADLINE_MS: '700' });
    expect(read({ REQUEST_DEADLINE_MS: '700' }).problems).toEqual([
      'STORE_COMMAND_TIMEOUT_MS (1000) must be at most REQUEST_DEADLINE_MS (700): a command cannot outlive its request',
    ]);
  });

  test('a value that cannot be read is compared with nothing', () => {
    expect(read({ REQUEST_DEADLINE_MS: '1s', STORE_COMMAND_TIMEOUT_MS: '5000' }).problems).toHaveLength(1);
  });

  test('credentials of a store without its URL are a store that was forgotten', () => {
    expect(read({ STORE_USERNAME: 'me', STORE_PASSWORD: 'pw' }).problems).toEqual([
      'STORE_USERNAME is set without STORE_URL: the embedded store takes no credentials',
      'STORE_PASSWORD is set without STORE_URL: the embedded store takes no credentials',
    ]);
  });

  test('credentials in two places contradict each other', () => {
    expect(
      read({ STORE_URL: 'redis://me:pw@host', STORE_USERNAME: 'me', STORE_PASSWORD: 'pw' }).problems,
    ).toEqual([
      'STORE_URL holds a user name and STORE_USERNAME is set: set one of them',
      'STORE_URL holds a password and STORE_PASSWORD is set: set one of them',
    ]);
  });
});

describe('secrets', () => {
  test('a list rotates, its members trimmed', () => {
    const config = configOf({ COGNIGY_WEBHOOK_SECRET: `${SECRET}, ${OTHER_SECRET}`, RPC_TOKEN: SECRET });
    expect(config.secrets.webhook()).toEqual([SECRET, OTHER_SECRET]);
    expect(config.secrets.rpc()).toEqual([SECRET]);
    expect(config.generatedWebhookSecret).toBeUndefined();
  });

  test('COGNIGY_WEBHOOK_TOKEN is the same setting', () => {
    expect(configOf({ COGNIGY_WEBHOOK_TOKEN: SECRET }).secrets.webhook()).toEqual([SECRET]);
    expect(read({ COGNIGY_WEBHOOK_TOKEN: SECRET, COGNIGY_WEBHOOK_SECRET: SECRET }).problems).toEqual([
      'COGNIGY_WEBHOOK_SECRET and COGNIGY_WEBHOOK_TOKEN contradict each other; set one of them',
    ]);
  });

  test.each([
    ['fifteen-letters', 'secret 1 of 1 has 15 characters'],
    [`${SECRET},`, 'secret 2 of 2 has 0 characters'],
    [`${SECRET},x`, 'secret 2 of 2 has 1 character'],
    ['sixteen letters or more', 'secret 1 of 1 holds white space or a character outside ASCII'],
    ['sechzehn-Zeichen-ü', 'secret 1 of 1 holds white space or a character outside ASCII'],
  ])('a secret that does not serve is refused without being shown (%s)', (secrets, wrong) => {
    const [problem, ...others] = read({ RPC_TOKEN: secrets }).problems ?? [];
    expect(problem).toBe(
      `RPC_TOKEN must be secrets of at least 16 printable ASCII characters, separated by commas; ${wrong}`,
    );
    expect(others).toEqual([]);
  });

  test('a file gives the secret, its content trimmed', () => {
    const config = configOf(
      { COGNIGY_WEBHOOK_TOKEN_FILE: '/secrets/token' },
      { '/secrets/token': `${SECRET}\n` },
    );
    expect(config.secrets.webhook()).toEqual([SECRET]);
    expect(config.secretFiles.map(({ path }) => path)).toEqual(['/secrets/token']);
  });

  test('a store password may stand in a file, and be short', () => {
    const { store } = configOf(
      { STORE_URL: 'redis://host', STORE_PASSWORD_FILE: '/secrets/password' },
      { '/secrets/password': 'pw\n' },
    );
    expect(store.kind === 'redis' && store.password()).toBe('pw');
  });

  test('a value and a file contradict each other', () => {
    expect(
      read({ RPC_TOKEN: SECRET, RPC_TOKEN_FILE: '/secrets/token' }, { '/secrets/token': SECRET }).problems,
    ).toEqual(['RPC_TOKEN and RPC_TOKEN_FILE contradict each other; set one of them']);
  });

  test('a file that is empty or too short is refused by its variable', () => {
    expect(read({ RPC_TOKEN_FILE: '/empty' }, { '/empty': ' \n' }).problems).toEqual([
      'RPC_TOKEN_FILE names /empty, which is empty',
    ]);
    expect(read({ RPC_TOKEN_FILE: '/short' }, { '/short': 'short' }).problems).toEqual([
      'RPC_TOKEN_FILE must be secrets of at least 16 printable ASCII characters, separated by commas; secret 1 of 1 has 5 characters',
    ]);
  });

  test('a listener beyond loopback is not taken for one without a secret because its file is bad', () => {
    expect(read({ RPC_LISTEN: '0.0.0.0:1', RPC_TOKEN_FILE: '/nowhere' }).problems).toHaveLength(1);
  });
});

describe('a variable that comes close to a setting is warned of', () => {
  test.each([
    ['SESION_TTL', 'SESSION_TTL'],
    ['SESSION_TTL_MS', 'SESSION_TTL'],
    ['STORE_URI', 'STORE_URL'],
    ['store_url', 'STORE_URL'],
    ['COGNIGY_SESSION_STORE_URL', 'STORE_URL'],
    ['WEBHOOK_SECRET', 'COGNIGY_WEBHOOK_SECRET'],
    ['COGNIGY_WEBHOOK_SECRETS', 'COGNIGY_WEBHOOK_SECRET'],
    ['REQUEST_DEADLINE', 'REQUEST_DEADLINE_MS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LABEL', 'LOG_LEVEL'],
    ['STOER_URL', 'STORE_URL'],
    ['SESSION_TTL_FILE', 'SESSION_TTL'],
  ])('%s is not %s', (name, meant) => {
    expect(read({ [name]: 'x' }).warnings).toEqual([`${name} is no setting; ${meant} is`]);
  });

  test('what merely exists in an environment is not', () => {
    const ordinary = [
      ...['PATH', 'HOME', 'PWD', 'LANG', 'TERM', 'HOSTNAME', 'TMPDIR', 'SHELL', 'USER', 'NODE_OPTIONS', 'TZ'],
      ...['KUBERNETES_SERVICE_HOST', 'REDIS_PORT', 'STORE_PORT', 'STORE_SERVICE_HOST', 'SESSION_MANAGER'],
      ...[
        'npm_config_cache',
        'NPM_TOKEN',
        'npm_lifecycle_event',
        'XDG_DATA_DIRS',
        'XDG_DATA_DIR',
        'DATABASE_URL',
      ],
      ...[
        'REDIS_URL',
        'AWS_SECRET_ACCESS_KEY',
        'LOG_FORMAT',
        'LOG_LABELS',
        'GITHUB_TOKEN',
        'CI',
        'DEBUG',
        'PORT',
        'HOST',
      ],
    ];
    expect(read(Object.fromEntries(ordinary.map((name) => [name, 'x']))).warnings).toEqual([]);
  });

  test('settings themselves, their aliases and files are not', () => {
    expect(
      read({ STORE_URL: 'redis://h', COGNIGY_WEBHOOK_TOKEN: SECRET, RPC_TOKEN_FILE: '/t' }, { '/t': SECRET })
        .warnings,
    ).toEqual([]);
  });
});
