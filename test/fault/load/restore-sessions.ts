import { setTimeout as pause } from 'node:timers/promises';
import type { Restored } from './answers.ts';
import { marksIn } from './claims.ts';
import { updatesOf, wasErased } from './ledger.ts';
import type { Load, LoadedSession } from './load.ts';

const PAUSE_MS = 40;

/** Restores sessions, and notes where one lacks what was acknowledged before. */
export async function restoreSessions(load: Load): Promise<void> {
  const { ledger, random, pick } = load;
  while (!load.isOver()) {
    await pause(random.below(2 * PAUSE_MS));
    const session = random.pick(load.sessions);
    const { sessionId } = session;
    const before = updatesOf(ledger, sessionId).filter(
      // What one sidecar has in its spool, others do not know.
      ({ acknowledged }) => acknowledged && acknowledged.durability !== 'spooled',
    );
    const doors = await pick(random, load.home);
    const answer = await (random.chance(0.5) ? doors.webhook : doors.grpc).restore(sessionId);
    ledger.count(`restore ${answer.is === 'done' ? foundIn(answer.value) : answer.reason}`);
    if (answer.is !== 'done' || wasErased(ledger, sessionId)) continue;
    note(load, session, { restored: answer.value, marks: before.map(({ mark }) => mark) });
  }
}

function note(
  { ledger }: Load,
  { sessionId }: LoadedSession,
  { restored, marks }: { restored: Restored; marks: string[] },
): void {
  const present = marksIn(restored);
  const missing = marks.filter((mark) => !present.has(mark));
  if (restored && restored.outcome !== 'intact')
    ledger.contradictions.push(`${sessionId} is restored as ${restored.outcome}`);
  if (missing.length > 0)
    ledger.staleReads.push(
      `${sessionId} ${restored ? 'lacks' : 'is not found, without'} ${missing.join(' ')}`,
    );
}

function foundIn(restored: Restored): string {
  return restored ? 'found' : 'found nothing';
}
