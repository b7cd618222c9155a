// Time that passes, and time that is lost: expiry, locks and tombstones that run out, failovers.

import type { ModelSession } from './model-session.ts';

const HOUR_MS = 3_600_000;

/** Mostly seconds, now and then more than a tombstone stands. Where the clock is real, nothing. */
export async function passTime({ world, random }: ModelSession): Promise<void> {
  world.time.advance?.(random.chance(0.1) ? random.below(30) * HOUR_MS : random.below(5000));
}

/** The session's time is over. */
export async function expire(session: ModelSession): Promise<void> {
  const { world, oracle, sessionId } = session;
  if (world.time.advance) return world.time.advance(session.ttlMs);
  await world.time.endSession(sessionId);
  oracle.end();
  // A copy older than the expiry would bring the session back to life, as a real failover would.
  session.copies = [];
}

/** The lock runs out, if there is one: a moment ago, or this very millisecond. */
export async function endLock({ world, oracle, random, sessionId }: ModelSession): Promise<void> {
  const nowMs = await world.nowMs();
  if (!oracle.lock.isHeld(nowMs)) return;
  if (world.time.advance)
    return world.time.advance(oracle.lock.deadlineMs - nowMs + random.pick([0, 0, 1, 700]));
  oracle.lock.deadlineMs = (await world.time.endLock(sessionId)) ?? 0;
}

/** The tombstone runs out, if there is one. */
export async function endTombstone({ world, oracle, sessionId }: ModelSession): Promise<void> {
  if (!oracle.tombstone) return;
  if (world.time.advance)
    return world.time.advance(oracle.tombstone.deadlineMs - (await world.nowMs()));
  await world.time.endTombstone(sessionId);
  oracle.tombstone = undefined;
}

/** A replica has all that there is now. */
export async function copy(session: ModelSession): Promise<void> {
  session.copies.push({
    replica: await session.world.copy(session.sessionId),
    oracle: session.oracle.copy(),
  });
}

/** The latest copy is promoted, and what came later is lost. */
export async function failover(session: ModelSession): Promise<void> {
  const last = session.copies.pop();
  if (!last) return;
  // The copies of later replicas went with the master; older ones may still be promoted.
  await session.world.promote(session.sessionId, last.replica);
  session.oracle = last.oracle.copy();
  session.isIndexUncertain = true;
}
