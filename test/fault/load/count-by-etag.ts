import { setTimeout as pause } from 'node:timers/promises';
import { claimsIn } from './claims.ts';
import { type Load, sessionsOf } from './load.ts';
import { sendUpdate } from './send-update.ts';

const PAUSE_MS = 25;

/** Counts up in sessions, each time under the condition that nobody else has: read, add one, write
 * with the etag that was read. */
export async function countByEtag(load: Load): Promise<void> {
  const { ledger, random, pick } = load;
  const sessions = sessionsOf(load, 'conditional');
  while (!load.isOver()) {
    await pause(random.below(2 * PAUSE_MS));
    const session = random.pick(sessions);
    const doors = await pick(random, load.home);
    const door = random.chance(0.5) ? doors.webhook : doors.grpc;
    const restored = await door.restore(session.sessionId);
    if (restored.is !== 'done') continue;
    const claim = 1 + Math.max(0, ...claimsIn(restored.value));
    await sendUpdate(load, {
      session,
      part: 'variables',
      claim,
      identity: { updateId: `update-${ledger.updates.length + 1}`, sequence: claim },
      condition: { ifMatch: restored.value?.etag || 'none' },
    });
  }
}
