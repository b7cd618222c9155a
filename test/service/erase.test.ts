// Erasing a session: what goes, and what is said of it.

import { beforeEach, describe, expect, test } from 'vitest';
import { TOMBSTONE_MAX_AGE_SECONDS } from '../../src/session/limits.ts';
import {
  INDEX_SLACK_MS,
  type SessionStore,
  StoreUnavailable,
} from '../../src/store/session-store.ts';
import { useClockOfTimers } from '../support/clock-of-timers.ts';
import { openScratch, type Scratch, type Service, variable } from './scratch-services.ts';

useClockOfTimers();

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

const down = async () => {
  throw new StoreUnavailable('unindex', { reason: 'its shard is down' });
};

/** Puts a frame into session `s` that cannot be read. */
async function storeDamaged(): Promise<void> {
  const update = {
    sessionId: 's',
    updateId: 'x'.repeat(22),
    frame: Buffer.from('no frame'),
    flowId: '',
  };
  const moment = {
    receivedAtMonotonicMs: scratch.receipt().monotonicMs,
    ttlMs: 60_000,
    sessionMaxBytes: 1e6,
  };
  const rest = { lockToken: '', ifMatch: '', userId: '', eventMs: 0 };
  await scratch.store.append({ ...update, ...moment, ...rest });
}

describe('an erase', () => {
  test('removes the session, its lock and its index entries, and says so', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.persist(service, { userId: 'v' });
    await scratch.lock(service);
    const told: unknown[] = [];
    const erased = await scratch.erase(
      scratch.open({ observer: { sessionErased: (event) => told.push(event) } }),
    );
    expect(erased).toMatchObject({
      sessionId: 's',
      found: true,
      frames: 2,
      quarantined: 0,
      locked: true,
    });
    expect(erased.indexEntries).toBe(2);
    expect(erased.pending).toEqual([{ kind: 'late_updates', untilMs: expect.any(Number) }]);
    const remainingSeconds = ((erased.pending[0]?.untilMs ?? 0) - Date.now()) / 1000;
    expect(Math.abs(remainingSeconds - TOMBSTONE_MAX_AGE_SECONDS)).toBeLessThan(10);
    expect(told).toEqual([{ sessionId: 's', found: true }]);
    expect(await scratch.restore(service)).toBeUndefined();
    expect([await scratch.indexed('u'), await scratch.indexed('v')]).toEqual([[], []]);
    await scratch.lock(service);
  });

  test('of what is not there is answered all the same, and leaves a tombstone', async () => {
    const erased = await scratch.erase(service);
    expect(erased).toMatchObject({ found: false, frames: 0, indexEntries: 0, locked: false });
    expect((await scratch.store.inspect('s')).tombstone).toBeDefined();
  });

  test('with an id answers again what it removed, and matches its etag again', async () => {
    const { etag } = await scratch.persist(service);
    const erase = { updateId: 'erase-1', ifMatch: etag };
    const [first, again] = [
      await scratch.erase(service, erase),
      await scratch.erase(service, erase),
    ];
    const { pending, ...removed } = again;
    expect({ ...removed, pending: pending.slice(0, 1) }).toEqual(first);
    // Whether the first one reached all indexes is not known any more.
    expect(pending.map(({ kind }) => kind)).toEqual(['late_updates', 'user_index']);
    expect(await scratch.erase(service, { updateId: 'erase-2' })).toMatchObject({ found: false });
  });

  test('has an id of its own, also where an update has the same', async () => {
    await scratch.persist(service, { updateId: 'one' });
    await scratch.erase(service, { updateId: 'one' });
    expect(await scratch.erase(service, { updateId: 'one' })).toMatchObject({ found: true });
  });

  test('of another etag is a conflict, and erases nothing', async () => {
    await scratch.persist(service);
    const refused = scratch.erase(service, { ifMatch: 'a'.repeat(20) });
    await expect(refused).rejects.toMatchObject({ reason: 'conflict', facts: { revision: 1 } });
    expect((await scratch.restore(service))?.revision).toBe(1);
    const missing = service.erase({
      receipt: scratch.receipt(),
      sessionId: 't',
      ifMatch: 'a',
      updateId: '',
    });
    await expect(missing).rejects.toMatchObject({
      reason: 'conflict',
      facts: { etag: '', revision: 0 },
    });
  });

  test('whose answer was lost is the same erase in its next attempt', async () => {
    await scratch.persist(service);
    let attempts = 0;
    const erase: SessionStore['erase'] = async (erasure) => {
      const answer = await scratch.store.erase(erasure);
      if (++attempts === 1) throw new StoreUnavailable('erase', { reason: 'the answer was lost' });
      return answer;
    };
    expect(await scratch.erase(scratch.open({ faults: { erase } }))).toMatchObject({
      found: true,
      frames: 1,
    });
    expect(attempts).toBe(2);
  });

  test('removes a session that cannot be read, and says that index entries may be left', async () => {
    await storeDamaged();
    const { ttlMs = 0 } = (await scratch.restore(service)) ?? {};
    const erased = await scratch.erase(service);
    expect(erased).toMatchObject({ found: true, frames: 1 });
    expect(erased.pending).toMatchObject([{ kind: 'late_updates' }, { kind: 'user_index' }]);
    const leftMs = (erased.pending[1]?.untilMs ?? 0) - Date.now();
    expect(Math.abs(leftMs - ttlMs - INDEX_SLACK_MS)).toBeLessThan(5_000);
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('does not fail where an index does not answer, and says that its entries are left', async () => {
    await scratch.persist(service, { userId: 'u' });
    const failures: string[] = [];
    const failing = scratch.open({
      patience: { requestDeadlineMs: 50 },
      faults: { unindex: down },
      observer: { indexFailed: ({ sessionId }) => failures.push(sessionId) },
    });
    const erased = await scratch.erase(failing);
    expect(erased).toMatchObject({ found: true, indexEntries: 0 });
    expect(erased.pending.map(({ kind }) => kind)).toEqual(['late_updates', 'user_index']);
    expect(failures).toContain('s');
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('asks nothing after its deadline, also where many users are named and no index answers', async () => {
    const keeping = scratch.open({ faults: { compact: async () => 'changed' } });
    for (let user = 0; user < 100; user++) await scratch.persist(keeping, { userId: `u${user}` });
    let asked = 0;
    const hangs = Promise.withResolvers<void>();
    const unindex = () => {
      asked += 1;
      if (asked === 100) hangs.resolve();
      return new Promise<number>(() => {});
    };
    const hanging = scratch.open({ patience: { requestDeadlineMs: 1000 }, faults: { unindex } });
    const erasing = scratch.erase(hanging);
    // Each index is asked once, and none answers.
    await hangs.promise;
    scratch.advance(1000);
    const erased = await erasing;
    expect(erased.pending.map(({ kind }) => kind)).toEqual(['late_updates', 'user_index']);
    expect(asked).toBe(100);
  });

  test('says that index entries may be left where more was erased than had been read', async () => {
    await scratch.persist(service, { userId: 'u' });
    const erase: SessionStore['erase'] = async (erasure) => {
      await scratch.persist(service, { userId: 'v' });
      return scratch.store.erase(erasure);
    };
    const erased = await scratch.erase(scratch.open({ faults: { erase } }));
    expect(erased.pending.map(({ kind }) => kind)).toEqual(['late_updates', 'user_index']);
  });

  test('says that index entries may be left of a session that began after it had been looked for', async () => {
    const erase: SessionStore['erase'] = async (erasure) => {
      await scratch.persist(service, { userId: 'u' });
      return scratch.store.erase(erasure);
    };
    const erased = await scratch.erase(scratch.open({ faults: { erase } }));
    expect(erased).toMatchObject({ found: true, indexEntries: 0 });
    expect(erased.pending.map(({ kind }) => kind)).toEqual(['late_updates', 'user_index']);
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('keeps the index entry of a session that began anew meanwhile', async () => {
    await scratch.persist(service, { userId: 'u' });
    const unindex: SessionStore['unindex'] = async (entries) => {
      await scratch.persist(service, { userId: 'u', ...variable('later', true) });
      return scratch.store.unindex(entries);
    };
    await scratch.erase(scratch.open({ faults: { unindex } }));
    expect((await scratch.restore(service))?.revision).toBe(1);
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test.each(['/sessionId', '/updateId'])('is unusable by its %s', async (pointer) => {
    const unusable = pointer === '/sessionId' ? { sessionId: '' } : { updateId: '\ud800' };
    const refused = scratch.erase(service, unusable);
    await expect(refused).rejects.toMatchObject({ reason: 'invalid', violations: [{ pointer }] });
  });
});
