// The check of a store, on real ones that are fit and that are not in one way each.

import { execFile } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdCiphers } from '../../src/session/encryption/id-cipher.ts';
import { authorityOfTest, createAuthority } from '../support/certificates.ts';
import { keyRingText, keyText } from '../support/encryption-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { FIT, findingsOf, kept, urlOf } from './store-findings.ts';

const COMMAND = join(import.meta.dirname, '../../src/commands/check-store.ts');
const ALLOWED =
  '+eval +evalsha +time +type +rename +pexpireat +pexpiretime +hget +hmget +hgetall +hkeys +hset ' +
  '+hdel +zadd +zcard +zmscore +zrange +zrem +client|tracking';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer({ settings: FIT });
});
afterAll(() => redis?.stop());

function run(environment: Record<string, string>, args: string[] = []) {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('sessions that are not found, since their ids are encrypted or are not, are a warning', async () => {
  const server = await kept(startRedisServer({ settings: FIT }));
  const patient = { STORE_CONNECT_TIMEOUT_MS: '5000', STORE_COMMAND_TIMEOUT_MS: '2000' };
  const settings = { STORE_URL: urlOf(server), ...patient };
  const withIds = { ENCRYPTION_KEYS: keyRingText('one', ['one'], { idKey: 'ids' }) };
  const idsOf = async (environment: Record<string, string>) =>
    /^(\w+) +ids +(.*)$/m.exec((await run({ ...settings, ...environment })).stdout)?.slice(1);
  expect(await idsOf({})).toBeUndefined();
  expect(await idsOf(withIds)).toEqual(['ok', 'stored ids are found with idKey']);
  const { session } = createIdCiphers(createSecretKey(keyText('ids'), 'base64'));
  await server.client.hset(`cgs:{${session.stored('s')}}`, 'revision', '1');
  expect(await idsOf(withIds)).toEqual(['ok', 'stored ids are found with idKey']);
  expect(await idsOf({})).toEqual([
    ...['warning', 'stored ids of 1 of 1 sessions are encrypted, and there is no idKey'],
  ]);
  await server.client.hset('cgs:{s}', 'revision', '1');
  expect(await idsOf(withIds)).toEqual([
    ...['warning', 'stored ids of 1 of 2 sessions are not encrypted with idKey'],
  ]);
  await server.client.call('ACL', ['SETUSER', 'default', '-scan']);
  expect(await idsOf({})).toBeUndefined();
  expect(await idsOf(withIds)).toEqual(['warning', expect.stringMatching(/scan/)]);
});

describe('a store that is fit', () => {
  test('one server', async () => {
    const { ok, wrong } = await findingsOf({ STORE_URL: urlOf(redis) });
    expect(wrong).toEqual([]);
    for (const check of ['reach', 'version', 'permissions', 'scripts', 'eviction', 'persistence'])
      expect(ok).toContain(check);
  });

  test('a user with no more rights than the page names', async () => {
    const words = `on >pw resetchannels ~cgs:* -@all ${ALLOWED} +info`.split(' ');
    await redis.client.call('ACL', ['SETUSER', 'least', 'reset', ...words]);
    const login = { STORE_USERNAME: 'least', STORE_PASSWORD: 'pw' };
    expect((await findingsOf({ STORE_URL: urlOf(redis), ...login })).wrong).toEqual([]);
  });

  test('a server with TLS, whose certificate will last', async () => {
    const authority = authorityOfTest();
    const tls = { authority, certificate: authority.issue('server') };
    const server = await kept(startRedisServer({ tls, settings: FIT }));
    const STORE_URL = urlOf(server).replace('redis', 'rediss');
    const { ok, wrong } = await findingsOf({ STORE_URL, STORE_TLS_CA: authority.caPath });
    expect(wrong.filter(({ check }) => check !== 'tls')).toEqual([]);
    expect(ok).toContain('reach');
  });

  test('SQLite', async () => {
    const { folder } = redis;
    expect(await findingsOf({ DATA_DIR: folder })).toMatchObject({ wrong: [] });
  });
});

describe('a store that is not fit', () => {
  test('because it is away', async () => {
    const { wrong } = await findingsOf({ STORE_URL: 'redis://127.0.0.1:1' });
    expect(wrong).toEqual([
      {
        check: 'reach',
        level: 'unfit',
        text: '127.0.0.1:1 (master): connect ECONNREFUSED 127.0.0.1:1',
      },
    ]);
  });

  test('because its user lacks rights, each named with the scripts that need it', async () => {
    const rules = `on >pw ~cgs:* -@all ${ALLOWED} -zadd -hkeys -wait`.split(' ');
    await redis.client.call('ACL', ['SETUSER', 'poor', 'reset', ...rules]);
    const { wrong } = await findingsOf({
      STORE_URL: urlOf(redis),
      STORE_USERNAME: 'poor',
      STORE_PASSWORD: 'pw',
      DURABILITY: 'replicated',
    });
    const texts = wrong.map(({ level, text }) => `${level} ${text.replace(/^[\d.:]+/, '')}`);
    expect(texts).toEqual([
      expect.stringMatching(
        /^warning {2}INFO: NOPERM .*; version, eviction, memory, .* not checked$/,
      ),
      expect.stringMatching(
        /^unfit {2}the user may not run hkeys \(for [a-z_, ]*quarantine[a-z_, ]*\), zadd \(for [a-z_, ]*index[a-z_, ]*\) on the keys cgs:\*$/,
      ),
      expect.stringMatching(/^unfit {2}wait 0: NOPERM /),
    ]);
    expect(wrong.map(({ check }) => check)).toEqual(Array(3).fill('permissions'));
  });

  test('because its password is wrong', async () => {
    const server = await kept(startRedisServer({ settings: { ...FIT, requirepass: 'right' } }));
    const login = { STORE_URL: urlOf(server), STORE_PASSWORD: 'hunter2' };
    const { wrong } = await findingsOf(login);
    expect(wrong).toMatchObject([{ check: 'reach', level: 'unfit' }]);
    expect(wrong[0]?.text).toMatch(/WRONGPASS/);
    expect(wrong[0]?.text).not.toContain('hunter2');
  });

  test.each([
    ['5mb', 'unfit'],
    ['0', 'warning'],
  ])('because it evicts (maxmemory %s)', async (maxmemory, level) => {
    const settings = { ...FIT, 'maxmemory-policy': 'allkeys-lru', maxmemory };
    const server = await kept(startRedisServer({ settings }));
    const { wrong } = await findingsOf({ STORE_URL: urlOf(server) });
    expect(wrong).toMatchObject([{ check: 'eviction', level }]);
    expect(wrong[0]?.text).toContain('maxmemory-policy is allkeys-lru');
  });

  test('because nothing is on disk', async () => {
    const server = await kept(startRedisServer());
    const { wrong } = await findingsOf({ STORE_URL: urlOf(server) });
    expect(wrong).toMatchObject([{ check: 'persistence', level: 'warning' }]);
  });

  test('because its certificate is of another CA', async () => {
    const authority = authorityOfTest();
    const tls = { authority, certificate: authority.issue('server') };
    const server = await kept(startRedisServer({ tls }));
    const STORE_URL = urlOf(server).replace('redis', 'rediss');
    const { wrong } = await findingsOf({ STORE_URL, STORE_TLS_CA: createAuthority().caPath });
    expect(wrong).toMatchObject([{ check: 'reach', level: 'unfit' }]);
    expect(wrong[0]?.text).toMatch(/certificate/);
  });

  test('because the URL is that of a cluster, or is not', async () => {
    const { wrong } = await findingsOf({ STORE_URL: `redis+cluster://127.0.0.1:${redis.port}` });
    expect(wrong).toMatchObject([
      { level: 'unfit', text: expect.stringMatching(/cluster support/) },
    ]);
    const cluster = await kept(
      startRedisServer({ settings: { ...FIT, 'cluster-enabled': 'yes' } }),
    );
    await cluster.client.cluster('ADDSLOTSRANGE', 0, 8000);
    expect((await findingsOf({ STORE_URL: urlOf(cluster) })).wrong).toMatchObject([
      { check: 'permissions', level: 'unfit' },
    ]);
    const alone = await findingsOf({ STORE_URL: `redis+cluster://127.0.0.1:${cluster.port}` });
    expect(alone.wrong.map(({ check, level }) => `${check} ${level}`)).toContain('topology unfit');
  });
});

test('a replica in the place of a master is refused', async () => {
  const replicaof = `127.0.0.1 ${redis.port}`;
  const replica = await kept(startRedisServer({ settings: { ...FIT, replicaof } }));
  await waitFor(async () => expect(await replica.client.info('replication')).toContain(':up'));
  const { wrong } = await findingsOf({ STORE_URL: urlOf(replica) });
  expect(wrong).toMatchObject([{ check: 'permissions', level: 'unfit' }]);
  expect(wrong[0]?.text).toContain('READONLY');
});

describe('the command', () => {
  test('answers 0 for a fit store, 1 with warnings unless they are ignored, 2 for an unfit one', async () => {
    const STORE_URL = urlOf(redis);
    const fit = await run({ STORE_URL });
    expect(fit.stdout).toMatch(/^store: Redis at .*\n\nok +reach +127/);
    // On a busy machine the latency is warned of.
    if (fit.code !== 0) expect(fit.stdout).toMatch(/^(warning|unfit) +latency/m);
    const evicting = await kept(
      startRedisServer({ settings: { ...FIT, 'maxmemory-policy': 'allkeys-lru' } }),
    );
    const warned = await run({ STORE_URL: urlOf(evicting), STORE_COMMAND_TIMEOUT_MS: '2000' });
    expect(warned).toMatchObject({ code: 1, stderr: '' });
    expect(warned.stdout).toMatch(
      /^warning +eviction +127.*\n +docs\/operate\/redis\.md#configuration-checks$/m,
    );
    expect(warned.stdout).toMatch(/\n\nThe store is fit, warnings: \d\.\n$/);
    expect((await run({ STORE_URL: urlOf(evicting) }, ['--ignore-warnings'])).code).toBe(0);
    const away = await run({ STORE_URL: 'redis://127.0.0.1:1' }, ['--ignore-warnings']);
    expect(away.code).toBe(2);
    expect(away.stdout).toMatch(/\nThe store is not fit; problems: 1\.\n$/);
  });

  test('refuses arguments and settings that it does not know', async () => {
    expect(await run({}, ['--fix'])).toMatchObject({ code: 64, stdout: '' });
    expect(await run({ STORE_URL: 'mysql://x' })).toMatchObject({ code: 78, stdout: '' });
    expect((await run({}, ['--help'])).stdout).toContain('usage: npm run check-store');
  });
});
