import { describe, expect, test } from 'vitest';
import { read, SECRET } from './reading.ts';

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
    expect(read({ [name]: 'x' }).warnings).toEqual([`${name} is not a setting; ${meant} is`]);
  });

  test('what merely exists in an environment is not', () => {
    const ordinary = [
      ...[
        'PATH',
        'HOME',
        'PWD',
        'LANG',
        'TERM',
        'HOSTNAME',
        'TMPDIR',
        'SHELL',
        'USER',
        'NODE_OPTIONS',
        'TZ',
      ],
      ...['KUBERNETES_SERVICE_HOST', 'STORE_PORT', 'STORE_SERVICE_HOST', 'SESSION_MANAGER'],
      ...[
        'npm_config_cache',
        'NPM_TOKEN',
        'npm_lifecycle_event',
        'XDG_DATA_DIRS',
        'XDG_DATA_DIR',
        'DATABASE_URL',
      ],
      ...[
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
      read(
        { STORE_URL: 'redis://h', COGNIGY_WEBHOOK_TOKEN: SECRET, RPC_TOKEN_FILE: '/t' },
        { '/t': SECRET },
      ).warnings,
    ).toEqual([]);
  });
});
