// Contract: who holds a session's lock, until when, and how it is given back.

import { describe, expect, it } from 'vitest';
import { lockedForMs, lockOf, MINUTE_MS, takeLock } from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  newUpdateId,
  readStill,
  SLACK_MS,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

export function describeLocking(tested: () => StoreUnderTest): void {
  const expectHeldFor = async (sessionId: string, ttlMs: number) => {
    const remainingMs = await lockedForMs(tested(), sessionId);
    expect(remainingMs).toBeGreaterThan(ttlMs - SLACK_MS);
    expect(remainingMs).toBeLessThanOrEqual(ttlMs);
  };

  describe('lock()', () => {
    it('takes a lock that is free, for its time from now on', async () => {
      const sessionId = newSessionId();
      const held = await tested().store.lock(lockOf(sessionId));
      expect(held).toEqual({ status: 'held', lapsed: false });
      await expectHeldFor(sessionId, MINUTE_MS);
    });

    it('answers busy while somebody else holds it, and for how long, and changes nothing', async () => {
      const sessionId = newSessionId();
      await takeLock(tested(), sessionId);
      const before = (await tested().store.inspect(sessionId)).lockedUntilMs;
      const result = await tested().store.lock(lockOf(sessionId, { ttlMs: 2 * MINUTE_MS }));
      expect(result).toEqual({ status: 'busy', remainingMs: expect.any(Number) });
      const remainingMs = result.status === 'busy' ? result.remainingMs : 0;
      expect(remainingMs).toBeGreaterThan(MINUTE_MS - SLACK_MS);
      expect(remainingMs).toBeLessThanOrEqual(MINUTE_MS);
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBe(before);
    });

    it('answers held to the token that holds it, once more from now on', async () => {
      const request = lockOf(newSessionId());
      await tested().store.lock(request);
      const again = await tested().store.lock({ ...request, ttlMs: 3 * MINUTE_MS });
      expect(again).toEqual({ status: 'held', lapsed: false });
      await expectHeldFor(request.sessionId, 3 * MINUTE_MS);
    });

    it('is renewed by the token that holds it, also for a shorter time', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      for (const ttlMs of [3 * MINUTE_MS, MINUTE_MS]) {
        const renewed = await tested().store.lock({ sessionId, token, ttlMs, renew: true });
        expect(renewed).toEqual({ status: 'held', lapsed: false });
        await expectHeldFor(sessionId, ttlMs);
      }
    });

    it('is not renewed by a stranger, and stays with its holder', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      const before = (await tested().store.inspect(sessionId)).lockedUntilMs;
      const lost = await tested().store.lock(
        lockOf(sessionId, { renew: true, ttlMs: 3 * MINUTE_MS }),
      );
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBe(before);
      expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
    });

    it('is not taken by an attempt that comes after its own release', async () => {
      const sessionId = newSessionId();
      const request = lockOf(sessionId);
      await tested().store.lock(request);
      await tested().store.unlock({ sessionId, token: request.token });
      expect(await tested().store.lock(request)).toEqual({ status: 'lost', lapsed: false });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
      expect(await tested().store.lock(lockOf(sessionId))).toMatchObject({ status: 'held' });
    });

    it('renews nothing where nobody holds it', async () => {
      const sessionId = newSessionId();
      const lost = await tested().store.lock(lockOf(sessionId, { renew: true }));
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
    });

    it('lets one of 50 through that come at once, and tells the others so', async () => {
      const sessionId = newSessionId();
      const requests = Array.from({ length: 50 }, () => lockOf(sessionId));
      const results = await Promise.all(requests.map((request) => tested().store.lock(request)));
      expect(results.filter(({ status }) => status === 'held')).toHaveLength(1);
      expect(results.filter(({ status }) => status === 'busy')).toHaveLength(49);
      const winner = requests[results.findIndex(({ status }) => status === 'held')];
      const released = await tested().store.unlock({ sessionId, token: winner?.token ?? '' });
      expect(released).toEqual({ status: 'released' });
    });

    it('tells tokens apart by letter case', async () => {
      const sessionId = newSessionId();
      await tested().store.lock(lockOf(sessionId, { token: 'abcdefghijklmnopqrstuv' }));
      const other = await tested().store.lock(
        lockOf(sessionId, { token: 'ABCDEFGHIJKLMNOPQRSTUV' }),
      );
      expect(other.status).toBe('busy');
    });

    it('changes nothing of the session, and does not prolong it', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: MINUTE_MS }));
      const before = await readStill(tested(), sessionId);
      const token = await takeLock(tested(), sessionId, 5 * MINUTE_MS);
      expect(await readStill(tested(), sessionId)).toEqual(before);
      await tested().store.unlock({ sessionId, token });
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('on one session leaves the lock on another free', async () => {
      await takeLock(tested(), newSessionId());
      expect((await tested().store.lock(lockOf(newSessionId()))).status).toBe('held');
    });
  });

  describe('unlock()', () => {
    it('releases the lock, which the next one takes at once', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('answers released again when it is repeated', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      for (let turn = 0; turn < 3; turn++) {
        expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
      }
    });

    it('is lost when it is repeated after somebody else took the lock, who keeps it', async () => {
      const sessionId = newSessionId();
      const first = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token: first });
      const second = await takeLock(tested(), sessionId);
      const lost = await tested().store.unlock({ sessionId, token: first });
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      await expectHeldFor(sessionId, MINUTE_MS);
      expect(await tested().store.unlock({ sessionId, token: second })).toEqual({
        status: 'released',
      });
    });

    it('by a stranger is lost, and leaves the lock with its holder', async () => {
      const sessionId = newSessionId();
      await takeLock(tested(), sessionId);
      const lost = await tested().store.unlock({ sessionId, token: newUpdateId() });
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      await expectHeldFor(sessionId, MINUTE_MS);
    });

    it('by a stranger is lost after the release, too', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      const lost = await tested().store.unlock({ sessionId, token: newUpdateId() });
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
    });

    it('is lost where nobody ever held the lock', async () => {
      const lost = await tested().store.unlock({ sessionId: newSessionId(), token: newUpdateId() });
      expect(lost).toEqual({ status: 'lost', lapsed: false });
    });

    it('leaves nothing to renew', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      const lost = await tested().store.lock(lockOf(sessionId, { token, renew: true }));
      expect(lost).toEqual({ status: 'lost', lapsed: false });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
    });
  });
}
