// A few sessions that two users share, through two sidecars: saves that name one of them or nobody,
// with events up to an hour old, saves whose note or answer is lost, sidecars that die between an
// append and its note, entries that a failover has lost, erases, expiry. After each step a restore
// by user must answer the user's newest session, and the erase of a user must erase all of the
// user's sessions, by a plain oracle. Only a session whose entry is lost may not be known, until
// that is written again; and one whose note was lost, until its next update is acknowledged.

import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { commandOf, createTestService } from '../../support/test-service.ts';
import { agree } from '../agree.ts';
import type { ModelWorld } from '../model-world.ts';
import type { Random } from '../random.ts';
import { type IndexedSession, IndexOracle } from './index-oracle.ts';

const SESSIONS = 6;
const STEPS_PER_GROUP = 60;
const MINUTE_MS = 60_000;

type Fault = 'none' | 'note lost' | 'answer lost' | 'sidecar died';

export async function runIndexModel(
  world: ModelWorld,
  { random, steps, ttlMs }: { random: Random; steps: number; ttlMs: number },
): Promise<Record<string, number>> {
  const met: Record<string, number> = {};
  /** What has been done to the sessions of the group, for the message of a failure. */
  let taken: string[] = [];
  const count = (what: string, ...facts: unknown[]) => {
    met[what] = (met[what] ?? 0) + 1;
    if (facts.length > 0) taken.push([what, ...facts].join(' '));
  };
  let fault: Fault = 'none';
  let atNote = () => {};
  let reads = 0;
  const sidecars = [0, 1].map(() => createTestService(faulty(), options()));

  for (let done = 0; done < steps; done += STEPS_PER_GROUP) {
    const group = random.below(1e9);
    taken = [];
    const users = [`u ${group}`, `v ${group}`];
    const oracle = new IndexOracle(
      Array.from({ length: SESSIONS }, (_, place) => `indexed ${group} ${place}`),
    );
    for (let step = 0; step < STEPS_PER_GROUP; step++) {
      try {
        await someStep(oracle, users);
        for (const user of users) await compare(oracle, user);
      } catch (error) {
        const message = error instanceof Error ? error.message : error;
        throw new Error(`step ${done + step}: ${message}; after ${taken.join(', ')}`, {
          cause: error,
        });
      }
    }
  }
  return met;

  async function someStep(oracle: IndexOracle, users: string[]): Promise<void> {
    const session = random.pick(oracle.sessions);
    const place = random.below(100);
    if (place < 55) return save(session, random.pick(['', ...users, ...users]), 'none');
    if (place < 62) return save(session, random.pick(['', ...users]), 'note lost');
    if (place < 66) return save(session, random.pick(['', ...users]), 'answer lost');
    if (place < 70) return saveAndDie(session, random.pick(['', ...users]));
    if (place < 76) return loseEntry(session, users);
    if (place < 80) return erase(session);
    if (place < 82) return eraseUser(oracle, random.pick(users));
    if (place < 86) return expire(session);
    const passedMs = random.below(random.pick([1, 1, 12, 40]) * MINUTE_MS);
    world.time.advance?.(passedMs);
    oracle.expireAt(await world.nowMs());
  }

  async function save(session: IndexedSession, userId: string, lost: Fault): Promise<void> {
    const nowMs = await world.nowMs();
    const eventMs = nowMs - random.below(random.pick([1, 3, 20, 60]) * MINUTE_MS);
    fault = lost;
    const { status } = await random
      .pick(sidecars)
      .persist(updateOf(session, { userId, nowMs, eventMs }));
    agree('a save', status, 'accepted');
    const isLost = fault === 'none' && lost === 'note lost';
    fault = 'none';
    session.stored({ userId, eventMs }, { nowMs, expiresAtMs: nowMs + ttlMs });
    if (isLost) session.noteFailed();
    const what = isLost ? 'note lost' : lost === 'answer lost' ? 'answer lost' : 'saved';
    count(what, session.sessionId, userId, `${eventMs} at ${nowMs}`);
  }

  /** A sidecar dies between an append and its note, if one was due. Another takes its place. */
  async function saveAndDie(session: IndexedSession, userId: string): Promise<void> {
    const nowMs = await world.nowMs();
    const eventMs = nowMs - random.below(random.pick([1, 3, 20, 60]) * MINUTE_MS);
    const place = random.below(sidecars.length);
    fault = 'sidecar died';
    const { promise: died, resolve: die } = Promise.withResolvers<'died'>();
    atNote = () => die('died');
    const update = updateOf(session, { userId, nowMs, eventMs });
    const answered = sidecars[place]?.persist(update).then(({ status }) => status);
    const ended = await Promise.race([died, answered]);
    fault = 'none';
    session.stored({ userId, eventMs }, { nowMs, expiresAtMs: nowMs + ttlMs });
    if (ended === 'died') session.noteFailed();
    else agree('a save', ended, 'accepted');
    sidecars[place] = createTestService(faulty(), options());
    const what = ended === 'died' ? 'sidecar died' : 'saved';
    count(what, session.sessionId, userId, `${eventMs} at ${nowMs}`);
  }

  function updateOf(
    { sessionId }: IndexedSession,
    { userId, nowMs, eventMs }: { userId: string; nowMs: number; eventMs: number },
  ) {
    return commandOf({
      ...{ sessionId, userId, receipt: receiptAt(nowMs) },
      timestamp: new Date(eventMs).toISOString(),
      updateId: String(random.below(1e12)),
    });
  }

  /** A failover of the index loses an entry. */
  async function loseEntry(session: IndexedSession, users: string[]): Promise<void> {
    const { sessionId } = session;
    for (const userId of users) await world.store.unindex({ userId, sessionIds: [sessionId] });
    session.entryLost(await world.nowMs());
    count('entry lost', sessionId);
  }

  async function erase(session: IndexedSession): Promise<void> {
    const receipt = receiptAt(await world.nowMs());
    const { sessionId } = session;
    await random.pick(sidecars).erase({ receipt, sessionId, ifMatch: '', updateId: '' });
    session.ended();
    count('erased', sessionId);
    world.time.advance?.(1);
  }

  async function eraseUser(oracle: IndexOracle, userId: string): Promise<void> {
    world.time.advance?.(1);
    const receipt = receiptAt(await world.nowMs());
    const { remaining } = await random.pick(sidecars).eraseUser({ receipt, userId });
    agree('what is left of an erased user', remaining, 0);
    for (const session of oracle.ofUser(userId)) {
      // Nothing leads to a session whose entry is lost.
      const isLeft = (await world.store.read(session.sessionId)) !== undefined;
      if (!isLeft) session.ended();
      else agree('an erased session', session.isListed, false);
    }
    count('user erased', userId);
    world.time.advance?.(1);
  }

  async function expire(session: IndexedSession): Promise<void> {
    if (world.time.advance) return;
    await world.time.endSession(session.sessionId);
    session.ended();
    count('expired', session.sessionId);
  }

  async function compare(oracle: IndexOracle, userId: string): Promise<void> {
    const receipt = receiptAt(await world.nowMs());
    reads = 0;
    const query = { receipt, sessionId: '', userId, revision: 0 };
    const found = await random.pick(sidecars).restore(query);
    const possible = oracle.newestOf(userId);
    count(possible.includes(undefined) ? 'none found' : 'found');
    if (found && reads === 1) count('found with one read');
    if (!possible.includes(found?.sessionId))
      agree(`the newest session of ${userId}`, found?.sessionId, possible[0]);
  }

  function receiptAt(nowMs: number) {
    return { wallMicros: BigInt(nowMs) * 1000n, monotonicMs: world.nowMonotonicMs() };
  }

  function options() {
    return {
      settings: { sessionTtlMs: ttlMs },
      patience: { requestDeadlineMs: 60_000, nowMonotonicMs: () => world.nowMonotonicMs() },
    };
  }

  /** The store, whose next note fails for good or is never answered, or whose next answer to an
   * append is lost. */
  function faulty(): SessionStore {
    const { store } = world;
    return new Proxy(store, {
      get: (_, operation: keyof SessionStore) => {
        if (operation === 'index')
          return async (...asked: Parameters<SessionStore['index']>) => {
            if (fault === 'sidecar died') {
              atNote();
              return new Promise<never>(() => {});
            }
            if (fault !== 'note lost') return store.index(...asked);
            fault = 'none';
            throw new Error('the index cannot be written');
          };
        if (operation === 'append')
          return async (...asked: Parameters<SessionStore['append']>) => {
            const result = await store.append(...asked);
            if (fault !== 'answer lost') return result;
            fault = 'none';
            throw new StoreUnavailable('append', { reason: 'the answer was lost' });
          };
        if (operation === 'read') reads += 1;
        return store[operation].bind(store);
      },
    });
  }
}
