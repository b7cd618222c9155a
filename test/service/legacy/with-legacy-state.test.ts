// Sessions that the services of the tutorials left in Redis are continued, and nothing of them is
// lost, whoever touches them first.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgnyKey, cgnyValue, type MagicForm } from '../../support/legacy/cgny-layout.ts';
import { jsonKey, jsonValue } from '../../support/legacy/json-layout.ts';
import {
  erase,
  type LegacyRedis,
  openLegacyRedis,
  restore,
  save,
  valuesOf,
} from '../../support/legacy/legacy-redis.ts';
import { clusterTarget, standaloneTarget } from '../../support/redis-store.ts';
import { receiptNow } from '../../support/test-service.ts';

const FALLBACK = { corruptionDetected: 'true', fallback: 'true' };

describe.each([
  ['standalone Redis', standaloneTarget],
  ['a Redis Cluster', clusterTarget],
] as const)('on %s', (_, targetOf) => {
  let redis: LegacyRedis;
  beforeAll(async () => {
    redis = await openLegacyRedis(targetOf());
  });
  afterAll(() => redis?.close());

  describe('a session that the FastAPI service left', () => {
    test('is restored, with all that it was', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({
        ...{
          sessionId,
          userId: `user of ${sessionId}`,
          flowId: 'checkout',
          timestamp: 1_718_445_600,
        },
        variables: { cartTotal: 42.5, list: [1, { a: null }] },
        context: { intent: 'checkout' },
      });
      const restored = await restore(redis.service(), sessionId);
      expect(restored).toMatchObject({
        ...{ sessionId, userId: `user of ${sessionId}`, flowId: 'checkout', revision: 1 },
        ...{ timestamp: '1718445600', outcome: 'intact' },
      });
      expect(valuesOf(restored)).toEqual({
        variables: { cartTotal: 42.5, list: [1, { a: null }] },
        context: { intent: 'checkout' },
      });
    });

    test('is continued by an update, which wins where both have a key', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, variables: { kept: 'old', replaced: 'old' } });
      const service = redis.service();
      expect(await save(service, sessionId, 'replaced', 'new')).toMatchObject({
        ...{ status: 'accepted', revision: 2, known: false },
      });
      const { variables } = valuesOf(await restore(service, sessionId));
      expect(variables).toEqual({ kept: 'old', replaced: 'new' });
    });

    test('is found by its user from then on', async () => {
      const sessionId = redis.newSessionId();
      const userId = `user of ${sessionId}`;
      await redis.leaveJson({ sessionId, userId, context: { a: 1 } });
      const service = redis.service();
      expect(await restore(service, '', userId)).toBeUndefined();
      await restore(service, sessionId);
      expect(valuesOf(await restore(service, '', userId)).context).toEqual({ a: 1 });
      await save(service, sessionId, 'b');
      expect(valuesOf(await restore(service, '', userId)).variables).toEqual({ b: 1 });
    });
  });

  describe('a session that the Spring Boot service left', () => {
    test.each<MagicForm>(['bare', 'utf'])('is restored, with the %s magic', async (magic) => {
      const sessionId = redis.newSessionId();
      const history = [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }];
      const timestampMs = Date.UTC(2024, 5, 15, 10, 3);
      const context = { customerName: 'Zoë 😀', note: null };
      await redis.leaveCgny({ sessionId, timestampMs, context, history }, magic);
      const restored = await restore(redis.service(), sessionId);
      expect(restored).toMatchObject({ timestamp: '2024-06-15T10:03:00Z', outcome: 'intact' });
      expect(restored?.history).toMatchObject(history);
      expect(valuesOf(restored).context).toEqual({ customerName: 'Zoë 😀', note: '' });
    });

    test('and by the FastAPI service is one session', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, timestamp: 2000, context: { a: 'json', b: 'json' } });
      await redis.leaveCgny({ sessionId, timestampMs: 3_000_000, context: { a: 'cgny' } });
      const { context } = valuesOf(await restore(redis.service(), sessionId));
      expect(context).toEqual({ a: 'cgny', b: 'json' });
    });
  });

  test('what was left is inspected as the first frame', async () => {
    const sessionId = redis.newSessionId();
    await redis.leaveJson({ sessionId, context: { a: 1 } });
    const inspected = await redis
      .service()
      .inspect({ receipt: receiptNow(), sessionId, revision: 0 });
    expect(inspected?.frames).toMatchObject([{ revision: 1, verdict: 'sound', context: ['a'] }]);
  });

  test('a session lives on for as long as its key would have', async () => {
    const sessionId = redis.newSessionId();
    await redis.leaveJson({ sessionId }, 600);
    const ttlMs = (await restore(redis.service(), sessionId))?.ttlMs ?? 0;
    const leftMs = await redis.client.pttl(jsonKey(sessionId));
    expect(ttlMs).toBeGreaterThan(590_000);
    expect(Math.abs(ttlMs - leftMs)).toBeLessThan(1000);
  });

  test('a key without an expiry gets that of a session', async () => {
    const sessionId = redis.newSessionId();
    await redis.client.set(jsonKey(sessionId), jsonValue({ sessionId }));
    const ttlMs = (await restore(redis.service(), sessionId))?.ttlMs ?? 0;
    expect(ttlMs).toBeGreaterThan(55_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
  });

  test('what was left stays as it is, for a way back', async () => {
    const sessionId = redis.newSessionId();
    await redis.leaveJson({ sessionId, context: { a: 1 } });
    const before = await redis.client.getBuffer(jsonKey(sessionId));
    await save(redis.service(), sessionId, 'b');
    expect(await redis.client.getBuffer(jsonKey(sessionId))).toEqual(before);
  });

  describe('a damaged session', () => {
    const leaveDamaged = async (sessionId: string) => {
      const bytes = cgnyValue({ sessionId, context: { a: 'b' } });
      await redis.client.set(
        cgnyKey(sessionId),
        Buffer.from(bytes.with(20, ~(bytes[20] ?? 0) & 0xff)),
      );
    };

    test('is answered with the fallback, and its bytes can be inspected', async () => {
      const sessionId = redis.newSessionId();
      await leaveDamaged(sessionId);
      const service = redis.service();
      const restored = await restore(service, sessionId);
      expect(restored?.outcome).toBe('fallback');
      expect(valuesOf(restored)).toEqual({ variables: {}, context: FALLBACK });
      const inspected = await service.inspect({ receipt: receiptNow(), sessionId, revision: 0 });
      const shown = [...(inspected?.frames ?? []), ...(inspected?.quarantine ?? [])];
      expect(shown.map(({ verdict }) => verdict)).toEqual(['bad_length']);
      const bytes = await redis.client.getBuffer(cgnyKey(sessionId));
      expect(Buffer.from(shown[0]?.rawBytes ?? []).subarray(128)).toEqual(bytes);
    });

    test('keeps what is saved from then on, and says that it is a part', async () => {
      const sessionId = redis.newSessionId();
      await leaveDamaged(sessionId);
      const service = redis.service();
      await save(service, sessionId, 'new');
      const restored = await restore(service, sessionId);
      expect(restored?.outcome).toBe('recovered');
      expect(valuesOf(restored)).toEqual({ variables: { new: 1 }, context: {} });
    });

    test('is reported once, with what is wrong', async () => {
      const sessionId = redis.newSessionId();
      await leaveDamaged(sessionId);
      const found: unknown[] = [];
      const service = redis.service({
        legacyObserver: { legacyFound: (event) => found.push(event) },
      });
      await restore(service, sessionId);
      await save(service, sessionId, 'a');
      expect(found).toEqual([{ sessionId, kind: 'cgny', result: 'damaged', damage: 'bad_digest' }]);
    });

    test('joins what can be read', async () => {
      const sessionId = redis.newSessionId();
      await leaveDamaged(sessionId);
      await redis.leaveJson({ sessionId, context: { a: 1 } });
      const restored = await restore(redis.service(), sessionId);
      expect(restored?.outcome).toBe('recovered');
      expect(valuesOf(restored).context).toEqual({ a: 1 });
    });
  });

  test('a key that holds no text belongs to others: it is neither read nor removed', async () => {
    const sessionId = redis.newSessionId();
    await redis.client.hset(jsonKey(sessionId), 'field', 'value');
    const service = redis.service();
    expect(await restore(service, sessionId)).toBeUndefined();
    await save(service, sessionId, 'a');
    await erase(service, sessionId);
    expect(await redis.client.hgetall(jsonKey(sessionId))).toEqual({ field: 'value' });
  });

  test('a session that is larger than the limit is kept', async () => {
    const sessionId = redis.newSessionId();
    await redis.leaveJson({ sessionId, context: { large: 'x'.repeat(5000) } });
    const service = redis.service({ settings: { sessionMaxBytes: 2000 } });
    const { context } = valuesOf(await restore(service, sessionId));
    expect(context).toEqual({ large: 'x'.repeat(5000) });
  });

  test('without it, nothing of this happens', async () => {
    const sessionId = redis.newSessionId();
    await redis.leaveJson({ sessionId });
    const service = redis.service({ isOff: true });
    expect(await restore(service, sessionId)).toBeUndefined();
    expect(await save(service, sessionId, 'a')).toMatchObject({ revision: 1 });
  });
});
