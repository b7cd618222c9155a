// What inspect shows of a session beside its frames: lock and tombstone.

import { beforeEach, describe, expect, test } from 'vitest';
import { openScratch, type Scratch, type Service } from './scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

describe('inspect', () => {
  test('shows until when the lock is held, and nothing once it is released', async () => {
    await scratch.persist(service);
    expect((await scratch.inspect(service))?.lockedUntilMs).toBeUndefined();
    const { token } = await scratch.lock(service, { ttlMs: 5_000 });
    const heldForMs = ((await scratch.inspect(service))?.lockedUntilMs ?? 0) - Date.now();
    expect(Math.abs(heldForMs - 5_000)).toBeLessThan(1_000);
    await scratch.unlock(service, token);
    expect((await scratch.inspect(service))?.lockedUntilMs).toBeUndefined();
  });

  test('shows the tombstone that the session before it left', async () => {
    await scratch.persist(service);
    expect((await scratch.inspect(service))?.tombstone).toBeUndefined();
    const { pending } = await scratch.erase(service);
    await scratch.persist(service);
    const tombstone = (await scratch.inspect(service))?.tombstone;
    expect(tombstone?.expiresAtMs).toBe(pending[0]?.untilMs);
    expect(Math.abs((tombstone?.instantMs ?? 0) - Date.now())).toBeLessThan(1_000);
  });

  test('lists of a user the hundred latest sessions, and counts all', async () => {
    for (let place = 0; place <= 100; place++) {
      const timestamp = String(1_718_445_600 + place);
      await scratch.persist(service, { sessionId: `s${place}`, userId: 'u', timestamp });
    }
    const { sessions, indexEntries } = await service.inspectUser({
      receipt: scratch.receipt(),
      userId: 'u',
    });
    expect(sessions.map(({ sessionId }) => sessionId)).toEqual(
      Array.from({ length: 100 }, (_, place) => `s${100 - place}`),
    );
    expect(indexEntries).toBe(101);
  });

  test('reads the store once, and finds nothing where only a lock or a tombstone stands', async () => {
    let reads = 0;
    const counting = scratch.open({
      faults: {
        inspect: (sessionId) => {
          reads += 1;
          return scratch.store.inspect(sessionId);
        },
        read: () => Promise.reject(new Error('read')),
      },
    });
    await scratch.lock(service);
    expect(await scratch.inspect(counting)).toBeUndefined();
    await scratch.erase(service);
    expect(await scratch.inspect(counting)).toBeUndefined();
    expect(reads).toBe(2);
  });
});
