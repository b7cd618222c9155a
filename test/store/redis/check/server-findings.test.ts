import { expect, test } from 'vitest';
import { serverFindings } from '../../../../src/store/redis/check/server-findings.ts';
import { timeFindings } from '../../../../src/store/redis/check/time-findings.ts';

const FIT = {
  redis_version: '7.0.15',
  maxmemory_policy: 'noeviction',
  maxmemory: '1000',
  used_memory: '100',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  rdb_last_bgsave_status: 'ok',
};

const wrongIn = (info: Record<string, string>) =>
  serverFindings('a:1', new Map(Object.entries({ ...FIT, ...info })))
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level, text }) => `${check} ${level} ${text}`);

test('a server that is fit has a finding of each check', () => {
  const findings = serverFindings('a:1', new Map(Object.entries(FIT)));
  expect(findings.map(({ check, level }) => `${check} ${level}`)).toEqual([
    ...['version ok', 'eviction ok', 'memory ok', 'persistence ok'],
  ]);
});

test.each([
  [{ redis_version: '6.2.14' }, /^version unfit a:1: Redis 6\.2\.14: Redis 7\.0 or newer/],
  [{ redis_version: '' }, /^version unfit/],
  [{ maxmemory_policy: 'volatile-ttl' }, /^eviction unfit a:1: maxmemory-policy is volatile-ttl/],
  [{ maxmemory_policy: 'allkeys-lfu', maxmemory: '0' }, /^eviction warning .*not set yet/],
  [{ used_memory: '950' }, /^memory warning a:1: 95 % of maxmemory/],
  [{ aof_enabled: '0' }, /^persistence warning a:1: appendonly is no/],
  [{ aof_last_write_status: 'err' }, /^persistence unfit a:1: the append-only file could not/],
  [{ rdb_last_bgsave_status: 'err' }, /^persistence unfit a:1: the last snapshot could not/],
])('%j is found', (info, finding) => {
  expect(wrongIn(info as Record<string, string>)).toEqual([expect.stringMatching(finding)]);
});

test('Valkey is named with its own version', () => {
  const info = new Map(Object.entries({ ...FIT, redis_version: '7.2.4', valkey_version: '9.1.0' }));
  expect(serverFindings('a:1', info)[0]?.text).toBe('a:1: Valkey 9.1.0');
});

test('clocks that differ and servers that are slow are found', () => {
  const clockAt = (lowMs: number) => ({ lowMs, highMs: lowMs + 1, atMs: 0 });
  const servers = [
    { address: 'a:1', interval: clockAt(0), tripsMs: [1, 1, 2] },
    { address: 'b:1', interval: clockAt(3001), tripsMs: [20, 30, 40] },
    { address: 'c:1', interval: clockAt(0), tripsMs: [1, 1, 600] },
  ];
  const findings = timeFindings(servers, { commandTimeoutMs: 1000 });
  expect(findings.map(({ check, level, text }) => `${check} ${level} ${text}`)).toEqual([
    'clocks warning the clock of b:1 is 3000 ms ahead of that of a:1: keep both in time with NTP',
    'latency ok a:1: a round trip takes 1.0 ms, the slowest of 3 took 2.0 ms',
    expect.stringMatching(/^latency warning b:1: a round trip takes 30\.0 ms/),
    expect.stringMatching(
      /^latency unfit c:1: .*; half of STORE_COMMAND_TIMEOUT_MS \(1000\) is 500$/,
    ),
  ]);
});
