// What former services left in Redis, as it is found, scanned and removed: on one server, under
// sentinels, on a cluster, and by a user who is allowed no more than that.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  LEGACY_VALUE_MAX_BYTES,
  type LegacyKey,
  type LegacyStore,
} from '../../../src/store/legacy-store.ts';
import type { RedisTarget } from '../../../src/store/redis/connection/topology.ts';
import { createLegacyStore } from '../../../src/store/redis/legacy-store.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { cgnyKey } from '../../support/legacy/cgny-layout.ts';
import { jsonKey } from '../../support/legacy/json-layout.ts';
import { startRedisSentinels } from '../../support/redis-sentinel.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { standaloneTarget, storeOptions } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server?.stop());

type Credentials = { username?: string; password?: () => string };

async function open(target: RedisTarget, credentials: Credentials = {}): Promise<LegacyStore> {
  const legacy = createLegacyStore({ ...storeOptions(target), ...credentials });
  onTestFinished(() => legacy.close());
  await until('a connection', async () => (await legacy.find('probe')) !== undefined);
  return legacy;
}

async function scanned(legacy: LegacyStore): Promise<LegacyKey[]> {
  const found: LegacyKey[] = [];
  for await (const { keys } of legacy.scan()) found.push(...keys);
  return found;
}

describe('the former store', () => {
  test('finds both keys with what they have left, to the millisecond and the byte', async () => {
    const legacy = await open(standaloneTarget(server));
    const sessionId = randomUUID();
    const bytes = Buffer.from([0, 255, 10, 13]);
    await server.client.set(jsonKey(sessionId), bytes, 'PX', 50_000);
    await server.client.set(cgnyKey(sessionId), 'x');
    const [json, cgny] = await legacy.find(sessionId);
    expect(json).toMatchObject({ kind: 'json', bytes });
    expect(json?.ttlMs).toBeGreaterThan(40_000);
    expect(json?.ttlMs).toBeLessThanOrEqual(50_000);
    expect(cgny).toEqual({ kind: 'cgny', bytes: Buffer.from('x'), ttlMs: undefined });
    expect(await legacy.find(sessionId, ['cgny'])).toEqual([cgny]);
    expect(await legacy.find(randomUUID())).toEqual([]);
  });

  test('does not bring a value that no session can be', async () => {
    const legacy = await open(standaloneTarget(server));
    const sessionId = randomUUID();
    await server.client.setrange(jsonKey(sessionId), LEGACY_VALUE_MAX_BYTES, 'x');
    expect(await legacy.find(sessionId)).toMatchObject([{ kind: 'json', bytes: undefined }]);
    expect(await legacy.remove(sessionId)).toBe(1);
  });

  test('removes both keys, once, and none that holds no text', async () => {
    const legacy = await open(standaloneTarget(server));
    const [sessionId, foreign] = [randomUUID(), randomUUID()];
    await server.client.mset(jsonKey(sessionId), 'a', cgnyKey(sessionId), 'b');
    await server.client.rpush(jsonKey(foreign), 'an item');
    expect(await legacy.remove(sessionId)).toBe(2);
    expect(await legacy.remove(sessionId)).toBe(0);
    expect(await legacy.remove(foreign)).toBe(0);
    expect(await server.client.exists(jsonKey(foreign))).toBe(1);
  });

  test('removes nothing after its caller has stopped waiting', async () => {
    const legacy = await open(standaloneTarget(server));
    const sessionId = randomUUID();
    await server.client.set(jsonKey(sessionId), 'a');
    const endsAtMonotonicMs = performance.now() - 1;
    await expect(legacy.remove(sessionId, { endsAtMonotonicMs })).rejects.toThrow(StoreUnavailable);
    expect(await server.client.exists(jsonKey(sessionId))).toBe(1);
  });

  test('takes an id as it is: braces, stars and colons are a part of it', async () => {
    const legacy = await open(standaloneTarget(server));
    for (const sessionId of ['{a}b', '*', 'a:b', 'é😀', 'lock:1']) {
      await server.client.set(`session:${sessionId}`, sessionId);
      const [found] = await legacy.find(sessionId);
      expect(Buffer.from(found?.bytes ?? []).toString()).toBe(sessionId);
    }
  });

  test('scans the sessions among thousands of other keys', async () => {
    await server.client.flushall();
    const legacy = await open(standaloneTarget(server));
    const pipeline = server.client.pipeline();
    for (let nth = 0; nth < 3000; nth += 1) {
      pipeline.set(jsonKey(`s-${nth}`), 'x');
      pipeline.set(cgnyKey(`s-${nth}`), 'x');
      pipeline.set(`lock:s-${nth}`, 'x');
      pipeline.hset(`cgs:{s-${nth}}`, 'revision', 1);
    }
    pipeline.hset(jsonKey('a hash'), 'a', 1);
    pipeline.set('session:', 'no id');
    pipeline.set(Buffer.from('session:\xff', 'latin1'), 'no text');
    await pipeline.exec();
    const found = await scanned(legacy);
    const distinct = new Set(found.map(({ kind, sessionId }) => `${kind} ${sessionId}`));
    expect(distinct.size).toBe(6000);
    expect(distinct).toContain('json s-2999');
    expect(distinct).toContain('cgny s-0');
    expect(await legacy.countKeys()).toBe(12_003);
  });

  test('says that it is not connected, and does not say that there is nothing', async () => {
    const legacy = createLegacyStore(
      storeOptions({ kind: 'standalone', host: '127.0.0.1', port: 1 }),
    );
    onTestFinished(() => legacy.close());
    await expect(legacy.find('s')).rejects.toThrow(StoreUnavailable);
    await expect(legacy.remove('s')).rejects.toThrow(StoreUnavailable);
    await expect(scanned(legacy)).rejects.toThrow(StoreUnavailable);
    await expect(legacy.countKeys()).rejects.toThrow(StoreUnavailable);
  });

  test('is found under sentinels, also after a failover', async () => {
    const group = await startRedisSentinels();
    onTestFinished(() => group.stop());
    const legacy = await open(group.target);
    const [master] = group.servers;
    await master?.client.set(jsonKey('s'), 'x');
    await master?.client.wait(1, 5000);
    expect(await legacy.find('s')).toHaveLength(1);
    await master?.kill();
    const found = await until('the new master', () => legacy.find('s').catch(() => undefined));
    expect(found).toHaveLength(1);
    expect(await scanned(legacy)).toEqual([{ kind: 'json', sessionId: 's' }]);
  }, 60_000);
});

describe('a user of Redis', () => {
  const allow = (...rules: string[]) =>
    server.client.call('ACL', ['SETUSER', 'sidecar', 'reset', 'on', '>secret', ...rules]);
  const credentials = { username: 'sidecar', password: () => 'secret' };
  const COMMANDS = ['eval', 'evalsha', 'time', 'type', 'pttl', 'strlen', 'get', 'unlink'];
  const KEYS = ['~session:*', '~cognigy:state:*'];
  const rulesOf = (commands: string[]) => [...KEYS, ...commands.map((command) => `+${command}`)];

  test('needs these commands, and scan and dbsize for an import', async () => {
    await server.client.flushall();
    await server.client.set(jsonKey('s'), 'x');
    await allow(...rulesOf([...COMMANDS, 'scan', 'dbsize']));
    const legacy = await open(standaloneTarget(server), credentials);
    expect(await scanned(legacy)).toHaveLength(1);
    expect(await legacy.countKeys()).toBe(1);
    expect(await legacy.find('s')).toHaveLength(1);
    expect(await legacy.remove('s')).toBe(1);
    await allow(...rulesOf(COMMANDS));
    await expect(legacy.countKeys()).rejects.toThrow(/NOPERM/);
  });

  test.each(COMMANDS.slice(3))('needs %s', async (missing) => {
    await allow(...rulesOf(COMMANDS));
    const legacy = await open(standaloneTarget(server), credentials);
    await server.client.set(jsonKey('s'), 'x');
    await allow(...rulesOf(COMMANDS.filter((command) => command !== missing)));
    const all = async () => [await legacy.find('s'), await legacy.remove('s')];
    await expect(all()).rejects.toThrow(/NOPERM .* on the keys session:\* and cognigy:state:\*/);
  });

  test('who may not use the keys learns which', async () => {
    await allow('~cgs:*', '+@all');
    const legacy = createLegacyStore({ ...storeOptions(standaloneTarget(server)), ...credentials });
    onTestFinished(() => legacy.close());
    const refusal = until('a refusal', () =>
      legacy.find('s').then(
        () => 'found',
        ({ refusal: { text } = { text: undefined } }) => text,
      ),
    );
    expect(await refusal).toMatch(/NOPERM.*the keys are session:\* and cognigy:state:\*/);
  });
});
