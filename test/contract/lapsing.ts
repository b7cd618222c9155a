// Contract: a lock that ran out is nobody's, and that it ran out is told once.

import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { lapseLock, lockOf, MINUTE_MS, takeLock } from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  newUpdateId,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

/** Long enough to be renewed in time, short enough to be watched until it has passed. */
const RENEWED_MS = 500;

export function describeLapsing(tested: () => StoreUnderTest): void {
  const renew = (sessionId: string, token: string) =>
    tested().store.lock(lockOf(sessionId, { token, renew: true }));

  describe('a lock that has lapsed', () => {
    it('is taken by the next one, who is told of it', async () => {
      const sessionId = newSessionId();
      const late = await lapseLock(tested(), sessionId);
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: true,
      });
      const [renewal, release] = [
        await renew(sessionId, late),
        await tested().store.unlock({ sessionId, token: late }),
      ];
      expect([renewal, release]).toEqual([
        { status: 'lost', lapsed: false },
        { status: 'lost', lapsed: false },
      ]);
    });

    it('is told to the next one only, not to those after', async () => {
      const sessionId = newSessionId();
      await lapseLock(tested(), sessionId);
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('is told once among 20 who come at once', async () => {
      const sessionId = newSessionId();
      await lapseLock(tested(), sessionId);
      const requests = Array.from({ length: 20 }, () => lockOf(sessionId));
      const results = await Promise.all(requests.map((request) => tested().store.lock(request)));
      expect(results.filter((result) => result.status !== 'busy')).toEqual([
        { status: 'held', lapsed: true },
      ]);
    });

    it('is not renewed, though nobody took it, and its holder is told why', async () => {
      const sessionId = newSessionId();
      const token = await lapseLock(tested(), sessionId);
      expect(await renew(sessionId, token)).toEqual({ status: 'lost', lapsed: true });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
      expect(await renew(sessionId, token)).toEqual({ status: 'lost', lapsed: false });
      expect(await tested().store.unlock({ sessionId, token })).toEqual({
        status: 'lost',
        lapsed: false,
      });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('is not released, though nobody took it, and its holder is told why', async () => {
      const sessionId = newSessionId();
      const token = await lapseLock(tested(), sessionId);
      expect(await tested().store.unlock({ sessionId, token })).toEqual({
        status: 'lost',
        lapsed: true,
      });
      expect(await tested().store.unlock({ sessionId, token })).toEqual({
        status: 'lost',
        lapsed: false,
      });
      expect(await renew(sessionId, token)).toEqual({ status: 'lost', lapsed: false });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('is not told to strangers who renew or release, and not used up by them', async () => {
      const sessionId = newSessionId();
      await lapseLock(tested(), sessionId);
      expect(await renew(sessionId, newUpdateId())).toEqual({ status: 'lost', lapsed: false });
      const released = await tested().store.unlock({ sessionId, token: newUpdateId() });
      expect(released).toEqual({ status: 'lost', lapsed: false });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: true,
      });
    });

    it('is not used up by updates that pass it', async () => {
      const sessionId = newSessionId();
      const lockToken = await lapseLock(tested(), sessionId);
      await store(tested(), appendOf(sessionId));
      await tested().store.append(appendOf(sessionId, { lockToken }));
      await tested().store.read(sessionId);
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: true,
      });
    });

    it('is taken anew by its own token, like by any other', async () => {
      const sessionId = newSessionId();
      const token = await lapseLock(tested(), sessionId);
      expect(await tested().store.lock(lockOf(sessionId, { token }))).toEqual({
        status: 'held',
        lapsed: true,
      });
      expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
    });

    it('was no lapse if it was released in time', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      expect(await renew(sessionId, token)).toEqual({ status: 'lost', lapsed: false });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('was no lapse if it was renewed before its first deadline, and stands past that', async () => {
      const sessionId = newSessionId();
      const request = lockOf(sessionId, { ttlMs: RENEWED_MS });
      await tested().store.lock(request);
      const { lockedUntilMs = 0 } = await tested().store.inspect(sessionId);
      await tested().store.lock({ ...request, ttlMs: MINUTE_MS, renew: true });
      await until('the first deadline to pass', async () =>
        (await tested().store.inspect(sessionId)).nowMs > lockedUntilMs ? true : undefined,
      );
      expect((await tested().store.lock(lockOf(sessionId))).status).toBe('busy');
      const released = await tested().store.unlock({ sessionId, token: request.token });
      expect(released).toEqual({ status: 'released' });
    });
  });
}
