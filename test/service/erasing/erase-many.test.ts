// Erasing a user who has more sessions than can be erased by the answer.

import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ServiceObserver } from '../../../src/service/parts.ts';
import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { until } from '../../support/until.ts';
import { openScratch, type Scratch } from '../scratch-services.ts';

const SESSIONS = 200;
/** Sessions of one user that are erased at one time. */
const AT_ONCE = 20;

let scratch: Scratch;
let erased: string[];
/** Sessions whose entry in an index could not be removed in time, as the observer was told. */
let leftInIndex: Set<string>;
let ended: { erased: number; isDone: boolean; cause: unknown }[];
beforeEach(async () => {
  scratch = openScratch();
  [erased, ended] = [[], []];
  leftInIndex = new Set();
  const service = scratch.open();
  for (let place = 0; place < SESSIONS; place++) {
    await scratch.persist(service, { sessionId: `s${place}`, userId: 'u' });
  }
});

const observer: Partial<ServiceObserver> = {
  userErasureEnded: ({ userId: _, seconds: _s, ...facts }) => ended.push(facts),
  indexFailed: ({ sessionId }) => leftInIndex.add(sessionId),
};

/** A service whose erases take so long that not all can be done by an answer, until `hurry` is
 * called. */
function openSlow() {
  let isSlow = true;
  const erase: SessionStore['erase'] = async (erasure) => {
    if (isSlow) await pause(150);
    erased.push(erasure.sessionId);
    return scratch.store.erase(erasure);
  };
  const service = scratch.open({
    faults: { erase },
    observer,
  });
  const hurry = () => {
    isSlow = false;
  };
  return { service, hurry };
}

/** The sessions in a user's index, but for those that are known to be left there. */
async function indexed(userId: string): Promise<string[]> {
  return (await scratch.indexed(userId)).filter((sessionId) => !leftInIndex.has(sessionId));
}

const inspect = (service: ReturnType<Scratch['open']>) =>
  service.inspectUser({ receipt: scratch.receipt(), userId: 'u' });

describe('a user whose sessions cannot be erased by the answer', () => {
  test('is answered what was erased and how much is left, and the rest goes behind the answer', async () => {
    const { service, hurry } = openSlow();
    const answer = await scratch.eraseUser(service, 'u');
    expect(answer.sessions).toHaveLength(answer.erased);
    expect(answer.erased).toBeGreaterThan(0);
    // Of those that are being erased at the time of the answer, an entry may be gone already.
    expect(answer.remaining).toBeLessThanOrEqual(SESSIONS - answer.erased);
    expect(answer.remaining).toBeGreaterThanOrEqual(SESSIONS - answer.erased - AT_ONCE);
    const { indexEntries, isBeingErased } = await inspect(service);
    expect(isBeingErased).toBe(true);
    expect(indexEntries).toBeLessThanOrEqual(answer.remaining);
    hurry();
    await until('the end', () => (ended.length > 0 ? true : undefined));
    expect(ended).toEqual([{ erased: SESSIONS, isDone: true, cause: undefined }]);
    expect(await indexed('u')).toEqual([]);
    expect(await inspect(service)).toMatchObject({
      ...{ sessions: [], isBeingErased: false },
      tombstone: { instantMs: expect.any(Number) },
    });
    expect(await scratch.eraseUser(service, 'u')).toMatchObject({
      erased: 0,
      remaining: 0,
      sessions: [],
    });
  });

  test('asked for again joins what is under way, and erases nothing twice', async () => {
    const { service, hurry } = openSlow();
    await scratch.eraseUser(service, 'u');
    hurry();
    const last = await until('the end', async () => {
      const answer = await scratch.eraseUser(service, 'u');
      return answer.remaining === 0 ? answer : undefined;
    });
    expect([0, SESSIONS]).toContain(last.erased);
    expect(new Set(erased).size).toBe(erased.length);
    expect(ended[0]).toMatchObject({ erased: SESSIONS, isDone: true });
  });

  test('is left alone by a process that ends, and another goes on from there when it is asked', async () => {
    const { service, hurry } = openSlow();
    await scratch.eraseUser(service, 'u');
    const closed = service.userErasures.close();
    hurry();
    await closed;
    expect(ended).toMatchObject([{ isDone: false, cause: undefined }]);
    expect(erased.length).toBeLessThan(SESSIONS);
    const { entries: left } = await scratch.store.inspectUser('u');
    expect(left).toBe(SESSIONS - erased.length);
    const patience = { requestDeadlineMs: 10_000 };
    const next = scratch.open({ patience });
    expect(await scratch.eraseUser(next, 'u')).toMatchObject({ erased: left, remaining: 0 });
  });

  test('keeps the sessions that were begun after the erase was asked for', async () => {
    const { service, hurry } = openSlow();
    await scratch.eraseUser(service, 'u');
    scratch.advance(50);
    await scratch.persist(service, { sessionId: 'later', userId: 'u' });
    hurry();
    await until('the end', () => (ended.length > 0 ? true : undefined));
    expect(ended).toMatchObject([{ erased: SESSIONS, isDone: true }]);
    expect(await indexed('u')).toEqual(['later']);
  });

  test('loses also what was begun in between when it is asked for again', async () => {
    const { service, hurry } = openSlow();
    await scratch.eraseUser(service, 'u');
    scratch.advance(50);
    await scratch.persist(service, { sessionId: 'later', userId: 'u' });
    scratch.advance(50);
    hurry();
    await until('the end', async () =>
      (await scratch.eraseUser(service, 'u')).remaining === 0 ? true : undefined,
    );
    expect(await indexed('u')).toEqual([]);
  });

  test('is refused while one of the sessions cannot be reached, and done once it can', async () => {
    let isDown = true;
    const erase: SessionStore['erase'] = async (erasure) => {
      if (isDown && erasure.sessionId === 'w1')
        throw new StoreUnavailable('erase', { reason: 'down' });
      return scratch.store.erase(erasure);
    };
    const service = scratch.open({ faults: { erase }, observer });
    for (const sessionId of ['w0', 'w1', 'w2'])
      await scratch.persist(service, { sessionId, userId: 'w' });
    await expect(scratch.eraseUser(service, 'w')).rejects.toMatchObject({ reason: 'unavailable' });
    expect(await indexed('w')).toEqual(['w1']);
    isDown = false;
    await until('the end', async () => ((await indexed('w')).length === 0 ? true : undefined));
  });

  test('is answered what was erased where one session is refused while others are erased', async () => {
    let isDown = true;
    const down = { kind: 'read_only', isLasting: true, text: 'down' } as const;
    const erase: SessionStore['erase'] = async (erasure) => {
      if (isDown && erasure.sessionId === 's199')
        throw new StoreUnavailable('erase', { reason: 'down', refusal: down });
      if (isDown) await pause(150);
      return scratch.store.erase(erasure);
    };
    const service = scratch.open({ faults: { erase }, observer });
    const answer = await scratch.eraseUser(service, 'u');
    expect(answer.erased).toBeGreaterThan(0);
    expect(answer.remaining).toBeGreaterThan(0);
    isDown = false;
    await until('the end', () => (ended.length > 0 ? true : undefined));
    expect(ended).toMatchObject([{ erased: SESSIONS, isDone: true }]);
  });

  test('is tried for five minutes after the last session that could be erased', async () => {
    const reachable = new Set<string>();
    let asked = 0;
    const down = { kind: 'read_only', isLasting: true, text: 'down' } as const;
    const erase: SessionStore['erase'] = async (erasure) => {
      asked += 1;
      if (!reachable.has(erasure.sessionId))
        throw new StoreUnavailable('erase', { reason: 'down', refusal: down });
      return scratch.store.erase(erasure);
    };
    const service = scratch.open({
      settings: { sessionTtlMs: 3_600_000 },
      faults: { erase },
      observer,
    });
    for (const sessionId of ['w0', 'w1'])
      await scratch.persist(service, { sessionId, userId: 'w' });
    await expect(scratch.eraseUser(service, 'w')).rejects.toMatchObject({ reason: 'unavailable' });
    scratch.advance(4 * 60_000);
    reachable.add('w0');
    await until('the first', async () => ((await indexed('w')).length === 1 ? true : undefined));
    scratch.advance(4 * 60_000);
    const before = asked;
    await until('another attempt', () => (asked > before + 1 ? true : undefined));
    expect(ended).toEqual([]);
    scratch.advance(6 * 60_000);
    await until('the end', () => (ended.length > 0 ? true : undefined));
    expect(ended).toMatchObject([{ isDone: false, erased: 1 }]);
  });

  test('does not keep another user waiting', async () => {
    const { service, hurry } = openSlow();
    await scratch.persist(service, { sessionId: 'of another', userId: 'v' });
    await scratch.eraseUser(service, 'u');
    expect(await scratch.eraseUser(service, 'v')).toMatchObject({ erased: 1, remaining: 0 });
    hurry();
  });

  test('passes over as many sessions of another user as there are', async () => {
    const service = scratch.open({ patience: { requestDeadlineMs: 10_000 } });
    for (let place = 0; place < SESSIONS; place += 2) {
      await scratch.persist(service, { sessionId: `s${place}`, userId: 'v' });
    }
    expect(await scratch.eraseUser(service, 'u')).toMatchObject({
      erased: SESSIONS / 2,
      remaining: 0,
    });
    expect(await indexed('v')).toHaveLength(SESSIONS / 2);
  });
});
