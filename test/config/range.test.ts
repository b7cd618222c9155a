import { describe, expect, test } from 'vitest';
import { read } from './reading.ts';

describe('a setting that is out of range is refused, with its range and its value', () => {
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
    [
      'STORE_CONNECT_TIMEOUT_MS',
      '1e3',
      'a whole number of milliseconds from 10 to 60000; not "1e3"',
    ],
    [
      'STORE_CONNECT_TIMEOUT_MS',
      '10s',
      'a whole number of milliseconds from 10 to 60000; not "10s"',
    ],
    [
      'STORE_CONNECT_TIMEOUT_MS',
      ' 100',
      'a whole number of milliseconds from 10 to 60000; not " 100"',
    ],
    ['STORE_CONNECT_TIMEOUT_MS', '-5', 'a whole number of milliseconds from 10 to 60000; not "-5"'],
    [
      'STORE_CONNECT_TIMEOUT_MS',
      '1000.0',
      'a whole number of milliseconds from 10 to 60000; not "1000.0"',
    ],
    [
      'STORE_CONNECT_TIMEOUT_MS',
      '0x10',
      'a whole number of milliseconds from 10 to 60000; not "0x10"',
    ],
    ['STORE_CONNECT_TIMEOUT_MS', '9', 'a whole number of milliseconds from 10 to 60000; not "9"'],
    [
      'STORE_TOPOLOGY_REFRESH_MS',
      '999',
      'a whole number of milliseconds from 1000 to 3600000; not "999"',
    ],
    ['HISTORY_MAX_ENTRIES', '501', 'a whole number of entries from 1 to 500; not "501"'],
    ['HISTORY_MAX_ENTRIES', '0', 'a whole number of entries from 1 to 500; not "0"'],
    ['SESSION_MAX_BYTES', '512', 'a whole number of bytes from 1024 to 16777216; not "512"'],
    ['BODY_MAX_BYTES', '1MiB', 'a whole number of bytes from 1024 to 16777216; not "1MiB"'],
    ['WRITE_FORMAT', '3', '1 or 2; not "3"'],
    ['WRITE_FORMAT', '0', '1 or 2; not "0"'],
    ['RESTORE_BY_USER', 'yes', 'on or off; not "yes"'],
    ['DURABILITY', 'spooled', 'stored, replicated or synced; not "spooled"'],
    ['DURABILITY_REPLICAS', '0', 'a whole number of replicas from 1 to 16, or all; not "0"'],
    ['DURABILITY_REPLICAS', 'any', 'a whole number of replicas from 1 to 16, or all; not "any"'],
    ['LOG_LEVEL', 'INFO', 'debug, info, warn or error; not "INFO"'],
    [
      'KEY_PREFIX',
      'a{b}',
      '1 to 64 characters without white space, braces, brackets, *, ? and backslash, not ending in user: (keys of that form are the user index of a shorter prefix); not "a{b}"',
    ],
    [
      'KEY_PREFIX',
      'cgs:user:',
      '1 to 64 characters without white space, braces, brackets, *, ? and backslash, not ending in user: (keys of that form are the user index of a shorter prefix); not "cgs:user:"',
    ],
    [
      'WEBHOOK_LISTEN',
      '8080',
      'host:port, such as 127.0.0.1:8080 or [::1]:8080; port 0 lets the system choose; or off; not "8080"',
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
    expect(read({ STORE_URL: 'http://me:hunter2@host' }).problems).toEqual([
      'STORE_URL must be redis://[user:password@]host[:port][/database], ' +
        'redis+sentinel://[user:password@]sentinel[:port],sentinel[:port],.../master-name[/database] or ' +
        'redis+cluster://[user:password@]host[:port],host[:port],...; with TLS rediss instead of redis',
    ]);
  });
});
