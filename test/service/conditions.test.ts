// Updates and erases with a precondition, and what is said where their outcome is not known.

import { beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/store/session-store.ts';
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
  throw new StoreUnavailable('append', { reason: 'its shard is down' });
};

describe('an update with an etag', () => {
  test('is stored if the session has it, and the next with the same is a conflict that says what it has', async () => {
    const { etag: ifMatch } = await scratch.persist(service);
    const second = await scratch.persist(service, { ifMatch });
    await expect(scratch.persist(service, { ifMatch })).rejects.toMatchObject({
      reason: 'conflict',
      facts: { etag: second.etag, revision: 2 },
    });
    expect((await scratch.restore(service))?.revision).toBe(2);
  });

  test('is a conflict without a session, which has no etag', async () => {
    await expect(scratch.persist(service, { ifMatch: 'a'.repeat(20) })).rejects.toMatchObject({
      reason: 'conflict',
      facts: { etag: '', revision: 0 },
    });
  });

  test('that had been stored is success when it is sent again, also after a compaction', async () => {
    const { etag } = await scratch.persist(service);
    const update = { ifMatch: etag, updateId: 'u-2' };
    const stored = await scratch.persist(service, update);
    await scratch.persist(service, variable('later', 1));
    expect(await scratch.persist(service, update)).toMatchObject({
      known: true,
      etag: stored.etag,
    });
    expect(await service.compactor.compact('s')).toBe('compacted');
    expect(await scratch.persist(service, update)).toMatchObject({
      known: true,
      etag: stored.etag,
    });
  });

  test('of `none` needs that there is no session', async () => {
    const [first, second] = await Promise.allSettled([
      scratch.persist(service, { ifMatch: 'none' }),
      scratch.persist(service, { ifMatch: 'none' }),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { revision: 1 } });
    expect(second).toMatchObject({ status: 'rejected', reason: { reason: 'conflict' } });
  });

  test('of `*` needs that there is one, whatever its etag, and does not pass for newer than it is', async () => {
    await expect(scratch.persist(service, { ifMatch: '*' })).rejects.toMatchObject({
      reason: 'conflict',
      facts: { etag: '', revision: 0 },
    });
    await scratch.persist(service, { ...variable('a', 'new'), timestamp: '2026-01-02T00:00:00Z' });
    const older = { ...variable('a', 'old'), timestamp: '2026-01-01T00:00:00Z', ifMatch: '*' };
    expect((await scratch.persist(service, older)).revision).toBe(2);
    expect((await scratch.restore(service))?.variables).toMatchObject([
      { key: 'a', json: '"new"' },
    ]);
    expect(await scratch.erase(service, { ifMatch: '*' })).toMatchObject({ found: true });
    await expect(scratch.erase(service, { ifMatch: '*' })).rejects.toMatchObject({
      reason: 'conflict',
    });
  });

  test('of `*` is stored also where others write at the same time', async () => {
    await scratch.persist(service);
    const updates = Array.from({ length: 8 }, () => scratch.persist(service, { ifMatch: '*' }));
    await Promise.all(updates);
    expect((await scratch.restore(service))?.revision).toBe(9);
  });

  test('may have it in quotes', async () => {
    const { etag } = await scratch.persist(service);
    expect((await scratch.persist(service, { ifMatch: `"${etag}"` })).revision).toBe(2);
  });

  test.each(['""', '"', '"*"', 'W/"0123456789abcdef0123"', 'null', 'live', 'base', '"base"'])(
    '%s matches nothing',
    async (ifMatch) => {
      await scratch.persist(service);
      await expect(scratch.persist(service, { ifMatch })).rejects.toMatchObject({
        reason: 'conflict',
      });
      await expect(scratch.erase(service, { ifMatch })).rejects.toMatchObject({
        reason: 'conflict',
      });
    },
  );

  test.each(['a'.repeat(65), 'ä', 'a\nb'])('%j is refused as unusable', async (ifMatch) => {
    await expect(scratch.persist(service, { ifMatch })).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/ifMatch' }],
    });
  });
});

describe('an update with a lock token', () => {
  test('is refused if nobody holds the lock', async () => {
    const refused = scratch.persist(service, { lockToken: 'A'.repeat(22) });
    await expect(refused).rejects.toMatchObject({ reason: 'lock_lost' });
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('that can be none is refused as unusable, and not repeated in the words', async () => {
    const refused = scratch.persist(service, { lockToken: 'secret!' });
    await expect(refused).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.not.stringContaining('secret'),
      violations: [{ pointer: '/lockToken' }],
    });
  });
});

describe('a write that the store does not answer in time', () => {
  const patience = { requestDeadlineMs: 40 };

  test('is unavailable without a condition: its repetition is recognised', async () => {
    const failing = scratch.open({ patience, faults: { append: down, erase: down } });
    await expect(scratch.persist(failing)).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(scratch.erase(failing)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('has an unknown outcome with an etag or a lock token', async () => {
    const failing = scratch.open({ patience, faults: { append: down, erase: down } });
    for (const condition of [{ ifMatch: 'none' }, { lockToken: 'A'.repeat(22) }]) {
      const refused = scratch.persist(failing, condition);
      await expect(refused).rejects.toMatchObject({ reason: 'outcome_unknown' });
    }
    const refused = scratch.erase(failing, { ifMatch: 'a' });
    await expect(refused).rejects.toMatchObject({ reason: 'outcome_unknown' });
  });

  test('is unavailable where only the reading before it failed: nothing was written', async () => {
    const failing = scratch.open({ patience, faults: { read: down } });
    const refused = scratch.erase(failing, { ifMatch: 'a' });
    await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
