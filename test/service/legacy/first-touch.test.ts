// A session of a former service is continued once, and nothing of it is lost, by however many it is
// touched first at the same time and whatever fails meanwhile; and what is erased stays erased.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { cgnyKey } from '../../support/legacy/cgny-layout.ts';
import { jsonKey } from '../../support/legacy/json-layout.ts';
import {
  erase,
  type LegacyRedis,
  type LegacyService,
  lock,
  openLegacyRedis,
  restore,
  save,
  valuesOf,
} from '../../support/legacy/legacy-redis.ts';
import { clusterTarget, standaloneTarget } from '../../support/redis-store.ts';
import { commandOf, receiptNow } from '../../support/test-service.ts';

describe.each([
  ['standalone Redis', standaloneTarget],
  ['a Redis Cluster', clusterTarget],
] as const)('on %s', (_, targetOf) => {
  let redis: LegacyRedis;
  beforeAll(async () => {
    redis = await openLegacyRedis(targetOf());
  });
  afterAll(() => redis?.close());

  describe('first touches at the same time', () => {
    test('through three processes store one base, and lose nothing', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, variables: { old: 'kept' } });
      const results: string[] = [];
      const services = Array.from({ length: 3 }, () =>
        redis.service({ legacyObserver: { legacyFound: ({ result }) => results.push(result) } }),
      );
      const touches = services.flatMap((service, process) =>
        Array.from({ length: 6 }, async (__, turn) => {
          if (turn % 2 === 0) await save(service, sessionId, `p${process}t${turn}`);
          // No reader ever sees the session without what was left.
          else
            expect(valuesOf(await restore(service, sessionId)).variables).toMatchObject({
              old: 'kept',
            });
        }),
      );
      await Promise.all(touches);
      expect(results.filter((result) => result === 'imported')).toHaveLength(1);
      expect(new Set(results)).toEqual(new Set(['imported', 'known']));
      const restored = await restore(services[0] as LegacyService, sessionId);
      expect(restored?.revision).toBe(10);
      expect(Object.keys(valuesOf(restored).variables)).toHaveLength(10);
    });
  });

  describe('conditions', () => {
    test('what was left is a session, so none may be created', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId });
      const update = commandOf({ sessionId, ifMatch: 'none', receipt: receiptNow() });
      await expect(redis.service().persist(update)).rejects.toMatchObject({ reason: 'conflict' });
    });

    test('where nothing was left one may be created', async () => {
      const update = commandOf({ sessionId: redis.newSessionId(), ifMatch: 'none' });
      expect(await redis.service().persist(update)).toMatchObject({ revision: 1 });
    });

    test('an update of any session finds it', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId });
      const update = commandOf({ sessionId, ifMatch: '*', receipt: receiptNow() });
      expect(await redis.service().persist(update)).toMatchObject({ revision: 2 });
    });

    test('the holder of a lock finds it, and so do readers', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, variables: { old: 1 } });
      const service = redis.service();
      const { token } = await lock(service, sessionId);
      expect(valuesOf(await restore(service, sessionId)).variables).toEqual({ old: 1 });
      const variables = [{ key: 'new', json: '2' }];
      const update = commandOf({ sessionId, lockToken: token, variables, receipt: receiptNow() });
      expect(await service.persist(update)).toMatchObject({ revision: 2 });
    });

    test('the holder of a lock finds it by an update alone', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, variables: { old: 1 } });
      const service = redis.service();
      const { token } = await lock(service, sessionId);
      const variables = [{ key: 'new', json: '2' }];
      await service.persist(
        commandOf({ sessionId, lockToken: token, variables, receipt: receiptNow() }),
      );
      expect(valuesOf(await restore(service, sessionId)).variables).toEqual({ old: 1, new: 2 });
    });
  });

  describe('an erase', () => {
    test('removes what was left, whether or not it was continued', async () => {
      const service = redis.service();
      for (const isContinued of [true, false]) {
        const sessionId = redis.newSessionId();
        await redis.leaveJson({ sessionId, context: { a: 1 } });
        await redis.leaveCgny({ sessionId, context: { a: '1' } });
        if (isContinued) await save(service, sessionId, 'b');
        expect((await erase(service, sessionId)).found).toBe(true);
        expect(await redis.client.exists(jsonKey(sessionId))).toBe(0);
        expect(await redis.client.exists(cgnyKey(sessionId))).toBe(0);
        expect(await restore(service, sessionId)).toBeUndefined();
      }
    });

    test('by a process that does not know of it is not undone, and it is removed', async () => {
      const sessionId = redis.newSessionId();
      await redis.leaveJson({ sessionId, variables: { old: 1 } });
      await erase(redis.service({ isOff: true }), sessionId);
      const service = redis.service();
      expect(await restore(service, sessionId)).toBeUndefined();
      expect(await redis.client.exists(jsonKey(sessionId))).toBe(0);
      await save(service, sessionId, 'new');
      expect(valuesOf(await restore(service, sessionId)).variables).toEqual({ new: 1 });
    });

    test('of the user also keeps sessions from being continued', async () => {
      const [met, continued] = [redis.newSessionId(), redis.newSessionId()];
      const userId = `user of ${met}`;
      for (const sessionId of [met, continued]) await redis.leaveJson({ sessionId, userId });
      const service = redis.service();
      await restore(service, continued);
      await service.eraseUser({ receipt: receiptNow(), userId });
      expect(await redis.client.exists(jsonKey(continued))).toBe(0);
      expect(await restore(service, met)).toBeUndefined();
      expect(await redis.client.exists(jsonKey(met))).toBe(0);
    });
  });

  describe('a store that fails', () => {
    const STEPS = ['read', 'append', 'inspectUser', 'index'] as const;

    test.each([...STEPS, 'find' as const])('once at %s costs nothing', async (step) => {
      const sessionId = redis.newSessionId();
      const userId = `user of ${sessionId}`;
      await redis.leaveJson({ sessionId, userId, variables: { old: 1 } });
      let calls = 0;
      const failing = (work: (...args: never[]) => Promise<unknown>, first: number) => ({
        [step]: async (...args: never[]) => {
          calls += 1;
          const answer = await work(...args);
          // It has happened, and nobody learns of it.
          if (calls === first) throw new StoreUnavailable(step, { reason: 'its answer was lost' });
          return answer;
        },
      });
      for (const first of [1, 2]) {
        calls = 0;
        const service =
          step === 'find'
            ? redis.service({ legacyFaults: failing(redis.legacy.find as never, first) })
            : redis.service({ faults: failing(redis.store[step] as never, first) });
        await save(service, sessionId, `new${first}`);
        expect(valuesOf(await restore(service, sessionId)).variables).toMatchObject({ old: 1 });
      }
      expect(valuesOf(await restore(redis.service(), '', userId)).variables).toEqual({
        ...{ old: 1, new1: 1, new2: 1 },
      });
    });

    test('with what was left refuses new sessions, not known ones', async () => {
      const [known, fresh] = [redis.newSessionId(), redis.newSessionId()];
      await save(redis.service(), known, 'a');
      const find = async () => {
        throw new StoreUnavailable('findLegacy', { reason: 'it is down' });
      };
      const legacyFaults = { find };
      const service = redis.service({ legacyFaults, patience: { requestDeadlineMs: 100 } });
      await expect(save(service, fresh, 'a')).rejects.toMatchObject({ reason: 'unavailable' });
      await expect(restore(service, fresh)).rejects.toMatchObject({ reason: 'unavailable' });
      const patient = redis.service({ legacyFaults });
      expect(await save(patient, known, 'b')).toMatchObject({ revision: 2 });
      expect(await redis.store.read(fresh)).toBeUndefined();
    });
  });
});
