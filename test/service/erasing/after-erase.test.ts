// What comes after a session was erased: late updates, repetitions, and sessions that begin anew.

import { beforeEach, describe, expect, test } from 'vitest';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

describe('after an erase', () => {
  test('an update that was received before it is dropped, whatever its event says', async () => {
    await scratch.persist(service);
    await scratch.erase(service);
    const timestamp = new Date(Date.now() + 240_000).toISOString();
    const late = await scratch.persist(service, { timestamp, userId: 'u' }, 500);
    expect(late).toMatchObject({ status: 'dropped', revision: 0, etag: '', known: false });
    expect(await scratch.restore(service)).toBeUndefined();
    expect(await scratch.indexed('u')).toEqual([]);
  });

  test('the repetition of an update that was erased is dropped', async () => {
    const update = { updateId: 'u-1', ...variable('a', 1) };
    await scratch.persist(service, update);
    await scratch.erase(service);
    expect(await scratch.persist(service, update)).toMatchObject({ status: 'dropped' });
  });

  test('an update that is received after it begins a new session, also if its event is old', async () => {
    await scratch.persist(service);
    await scratch.erase(service);
    const timestamp = new Date(Date.now() - 240_000).toISOString();
    expect(await scratch.persist(service, { timestamp })).toMatchObject({
      status: 'accepted',
      revision: 1,
    });
  });

  test('the index of a user whose session begins anew is told, also if it was told just before', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.erase(scratch.open());
    expect(await scratch.indexed('u')).toEqual([]);
    await scratch.persist(service, { userId: 'u' });
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('the index is told of a session that began anew with an update that names no user', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.erase(scratch.open());
    await scratch.persist(service, { userId: '' });
    expect(await scratch.indexed('u')).toEqual([]);
    await scratch.persist(service, { userId: 'u' });
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('the index has a session that began again, also if its eraser died behind it', async () => {
    await scratch.persist(service, { userId: 'u' });
    const { store } = scratch;
    await store.erase({ sessionId: 's', eraseId: 'e', ifMatch: '', tombstoneTtlMs: 60_000 });
    await scratch.persist(service, { userId: 'u' });
    // It removes the entry, and does not see any more that there is a session again.
    await store.unindex({ userId: 'u', sessionIds: ['s'] });
    expect(await scratch.indexed('u')).toEqual([]);
    await scratch.persist(service, { userId: 'u' });
    expect(await scratch.indexed('u')).toEqual(['s']);
  });

  test('a late update that was dropped leaves the index entry of the newer session', async () => {
    await scratch.persist(service, { userId: 'u' });
    await scratch.erase(service);
    await scratch.persist(service, { userId: 'u' });
    expect(await scratch.persist(scratch.open(), { userId: 'u' }, 500)).toMatchObject({
      status: 'dropped',
    });
    expect(await scratch.indexed('u')).toEqual(['s']);
  });
});
