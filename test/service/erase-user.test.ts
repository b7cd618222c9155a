// Erasing a user, and the late updates that name one who was erased.

import { beforeEach, describe, expect, test } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service, variable } from './scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open({ patience: { requestDeadlineMs: 10_000 } });
});

const down = async () => {
  throw new StoreUnavailable('the index', { reason: 'its shard is down' });
};

async function revisionOf(sessionId: string): Promise<number | undefined> {
  const query = { receipt: scratch.receipt(), sessionId, userId: '', revision: 0 };
  return (await service.restore(query))?.revision;
}

describe('erasing a user', () => {
  test('erases every session of the user, and no other', async () => {
    const names = Array.from({ length: 45 }, (_, place) => `s${place}`);
    for (const sessionId of names) await scratch.persist(service, { sessionId, userId: 'u' });
    await scratch.persist(service, { sessionId: 'other', userId: 'v' });
    const { userId, sessions, pending } = await scratch.eraseUser(service, 'u');
    expect(userId).toBe('u');
    expect(sessions.map(({ sessionId }) => sessionId).sort()).toEqual(names.toSorted());
    expect(sessions.every(({ found, indexEntries }) => found && indexEntries === 1)).toBe(true);
    expect(pending).toEqual([{ kind: 'late_updates', untilMs: expect.any(Number) }]);
    for (const sessionId of names) expect(await revisionOf(sessionId)).toBeUndefined();
    expect(await revisionOf('other')).toBe(1);
    expect([await scratch.indexed('u'), await scratch.indexed('v')]).toEqual([[], ['other']]);
  });

  test('leaves a session that has become the session of another user, and finds it if it comes back', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.persist(service, { userId: 'v' });
    expect((await scratch.eraseUser(service, 'u')).sessions).toEqual([]);
    expect((await scratch.restore(service))?.userId).toBe('v');
    const byUser = { receipt: scratch.receipt(), sessionId: '', userId: 'u', revision: 0 };
    expect(await service.restore(byUser)).toBeUndefined();
    await scratch.persist(service, { userId: 'u' });
    expect((await scratch.eraseUser(scratch.open(), 'u')).sessions).toMatchObject([
      { sessionId: 's' },
    ]);
    expect(await revisionOf('s')).toBeUndefined();
  });

  test('takes a session that has ended out of the index', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.store.erase({
      ...{ sessionId: 's', eraseId: 'x'.repeat(22), ifMatch: '', tombstoneTtlMs: 1_000 },
    });
    expect((await scratch.eraseUser(service, 'u')).sessions).toEqual([]);
    expect(await scratch.indexed('u')).toEqual([]);
  });

  test('erases what an ended session has left in quarantine', async () => {
    await scratch.persist(service, { userId: 'u' });
    const { session } = await scratch.store.inspect('s');
    const moves = (session?.frames ?? []).map((frame) => ({
      ...frame,
      move: 'quarantine' as const,
    }));
    const ttlMs = 2 * (session?.expiresAtMs ?? 0);
    await scratch.store.quarantine({ sessionId: 's', moves, ttlMs, quarantineMaxBytes: 1e6 });
    scratch.advance((session?.expiresAtMs ?? 0) - (session?.nowMs ?? 0));
    const { sessions } = await scratch.eraseUser(service, 'u');
    expect(sessions).toMatchObject([
      { sessionId: 's', found: false, quarantined: 1, indexEntries: 1 },
    ]);
    expect((await scratch.store.inspect('s')).quarantine).toEqual([]);
  });

  test('erases a session that cannot be read', async () => {
    const moment = { receivedAtMonotonicMs: scratch.receipt().monotonicMs, ttlMs: 60_000 };
    const update = {
      sessionId: 's',
      updateId: 'x'.repeat(22),
      frame: Buffer.from('no frame'),
      flowId: '',
    };
    await scratch.store.append({
      ...update,
      ...moment,
      sessionMaxBytes: 1e6,
      lockToken: '',
      ifMatch: '',
      userId: '',
      eventMs: 0,
    });
    await scratch.store.index({ userId: 'u', sessionId: 's', eventMs: 1, ...moment });
    const { sessions } = await scratch.eraseUser(service, 'u');
    expect(sessions).toMatchObject([{ sessionId: 's', found: true, indexEntries: 1 }]);
    expect(await scratch.indexed('u')).toEqual([]);
  });

  test('of whom nothing is known is answered all the same, and may be repeated', async () => {
    expect(await scratch.eraseUser(service, 'u')).toMatchObject({ userId: 'u', sessions: [] });
    expect(await scratch.eraseUser(service, 'u')).toMatchObject({ userId: 'u', sessions: [] });
  });

  test('passes over a session that began anew meanwhile, and ends', async () => {
    await scratch.persist(service, { userId: 'u' });
    const unindex: SessionStore['unindex'] = async (entries) => {
      scratch.advance(10);
      await scratch.persist(service, { userId: 'u', ...variable('later', true) });
      return scratch.store.unindex(entries);
    };
    const { sessions } = await scratch.eraseUser(scratch.open({ faults: { unindex } }), 'u');
    expect(sessions).toHaveLength(1);
    expect(await revisionOf('s')).toBe(1);
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('that does not end in time is refused, and its repetition continues', async () => {
    for (const sessionId of ['a', 'b']) await scratch.persist(service, { sessionId, userId: 'u' });
    const patience = { requestDeadlineMs: 1000 };
    const read: SessionStore['read'] = async (sessionId) =>
      sessionId === 'b' ? down() : scratch.store.read(sessionId);
    const refused = scratch.eraseUser(scratch.open({ patience, faults: { read } }), 'u');
    await expect(refused).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('which continues the erasing'),
    });
    expect([await revisionOf('a'), await revisionOf('b')]).toEqual([undefined, 1]);
    expect((await scratch.eraseUser(service, 'u')).sessions).toMatchObject([{ sessionId: 'b' }]);
  });

  test('is answered before its deadline, also while sessions keep coming, and says that it goes on', async () => {
    let sessions = 0;
    const userSessions = async () => [{ sessionId: `s${sessions++}`, eventMs: 1 }];
    const endless = scratch.open({
      patience: { requestDeadlineMs: 2500 },
      faults: { userSessions },
    });
    const startedMs = performance.now();
    expect(await scratch.eraseUser(endless, 'u')).toMatchObject({ erased: 0, remaining: 1 });
    expect(performance.now() - startedMs).toBeLessThan(2500);
  });

  test('needs a user', async () => {
    const refused = scratch.eraseUser(service, '');
    await expect(refused).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/userId' }],
    });
  });
});

describe('an update that names an erased user', () => {
  test('and was received before the erase is dropped, with the session that it began', async () => {
    await scratch.eraseUser(service, 'u');
    const late = await scratch.persist(service, { userId: 'u' }, 500);
    expect(late).toMatchObject({ status: 'dropped', revision: 0, etag: '' });
    expect(await revisionOf('s')).toBeUndefined();
    expect(await scratch.indexed('u')).toEqual([]);
  });

  test('and was received before the erase is dropped through every sidecar, however often it comes', async () => {
    await scratch.eraseUser(service, 'u');
    for (const sidecar of [service, service, scratch.open()]) {
      const update = { userId: 'u', updateId: 'u-1' };
      expect(await scratch.persist(sidecar, update, 500)).toMatchObject({ status: 'dropped' });
    }
    expect(await revisionOf('s')).toBeUndefined();
  });

  test('and was received before the erase is dropped, also if it is to begin a session and waits for its lock', async () => {
    const { token } = await scratch.lock(service);
    const refused = Promise.withResolvers<void>();
    const append: SessionStore['append'] = async (update, limits) => {
      const result = await scratch.store.append(update, limits);
      if (result.status === 'locked') refused.resolve();
      return result;
    };
    const waiting = scratch.persist(scratch.open({ faults: { append } }), { userId: 'u' });
    await refused.promise;
    scratch.advance(10);
    await scratch.eraseUser(scratch.open(), 'u');
    await scratch.store.unlock({ sessionId: 's', token });
    expect(await waiting).toMatchObject({ status: 'dropped' });
    expect(await revisionOf('s')).toBeUndefined();
  });

  test('and was received after it is stored and noted', async () => {
    await scratch.eraseUser(service, 'u');
    expect(await scratch.persist(service, { userId: 'u' })).toMatchObject({ status: 'accepted' });
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('does not erase the session of another user, to which it came late', async () => {
    await scratch.persist(service, { userId: 'v' });
    await scratch.eraseUser(service, 'u');
    expect(await scratch.persist(service, { userId: 'u' }, 500)).toMatchObject({
      status: 'accepted',
    });
    expect((await scratch.restore(service))?.userId).toBe('v');
    expect(await scratch.indexed('u')).toEqual([]);
  });

  test('is refused where its session could not be erased, and dropped when it is sent again', async () => {
    await scratch.eraseUser(service, 'u');
    const update = { userId: 'u', updateId: 'u-1' };
    const failing = scratch.open({
      faults: { erase: down },
      patience: { requestDeadlineMs: 1000 },
    });
    const receipt = scratch.receipt();
    receipt.monotonicMs -= 500;
    const refused = scratch.persist(failing, { ...update, receipt });
    await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
    expect(await scratch.persist(service, { ...update, receipt })).toMatchObject({
      status: 'dropped',
    });
    expect(await revisionOf('s')).toBeUndefined();
  });

  test('is erased behind its answer, if the index had not answered by then', async () => {
    await scratch.eraseUser(service, 'u');
    let isDown = true;
    const index: SessionStore['index'] = (entry) => (isDown ? down() : scratch.store.index(entry));
    const late = scratch.open({ faults: { index } });
    expect(await scratch.persist(late, { userId: 'u' }, 100)).toMatchObject({ status: 'accepted' });
    isDown = false;
    await expect.poll(() => revisionOf('s')).toBeUndefined();
  });
});
