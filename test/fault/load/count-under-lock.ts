import { setTimeout as pause } from 'node:timers/promises';
import { claimsIn } from './claims.ts';
import { type Load, sessionsOf } from './load.ts';
import { sendUpdate } from './send-update.ts';
import { writeWithoutLock } from './write-without-lock.ts';

const LOCK_TTL_MS = 2500;
const LOCK_WAIT_MS = 1000;
const PAUSE_MS = 15;
/** How often something is written without the lock while it is held. */
const WITHOUT_LOCK = 0.2;

/** Counts up in sessions, each time under a lock: read, add one, write. */
export async function countUnderLock(load: Load): Promise<void> {
  const { ledger, random, pick } = load;
  const sessions = sessionsOf(load, 'locked');
  while (!load.isOver()) {
    await pause(random.below(2 * PAUSE_MS));
    const session = random.pick(sessions);
    const { sessionId } = session;
    const sentMs = performance.now();
    const doors = await pick(random, load.home);
    const locked = await doors.grpc.lock({ sessionId, ttlMs: LOCK_TTL_MS, waitMs: LOCK_WAIT_MS });
    ledger.count(`lock ${locked.is === 'done' ? 'held' : locked.reason}`);
    if (locked.is !== 'done') continue;
    const fromMs = performance.now();
    const token = locked.value;
    const untilMs = sentMs + LOCK_TTL_MS;
    if (random.chance(WITHOUT_LOCK)) await writeWithoutLock(load, { session, token, untilMs });
    const claim = await nextClaim(sessionId);
    if (claim !== undefined) {
      const number = ledger.updates.length + 1;
      await sendUpdate(load, {
        session,
        part: 'variables',
        claim,
        identity: { updateId: `update-${number}`, sequence: claim },
        condition: { lockToken: token },
        untilMs,
      });
    }
    ledger.held.push({ sessionId, token, fromMs, untilMs: Math.min(untilMs, performance.now()) });
    const released = await (await pick(random)).grpc.unlock(sessionId, token);
    ledger.count(`unlock ${released.is === 'done' ? 'done' : released.reason}`);
  }

  async function nextClaim(sessionId: string): Promise<number | undefined> {
    const doors = await pick(random);
    const restored = await (random.chance(0.5) ? doors.webhook : doors.grpc).restore(sessionId);
    if (restored.is !== 'done') return undefined;
    return 1 + Math.max(0, ...claimsIn(restored.value));
  }
}
