import { setTimeout as pause } from 'node:timers/promises';
import { type SentUpdate, updatesOf } from './ledger.ts';
import type { Load, LoadedSession } from './load.ts';
import { attemptAt, bodyOf } from './send-update.ts';

/** Of the session's latest updates, of which none is forgotten yet. */
const AMONG_LATEST = 12;
const PAUSE_MS = 40;

/** Sends updates again that were acknowledged, twice at the same time, by their ids. */
export async function repeatUpdates(load: Load): Promise<void> {
  const { ledger, random } = load;
  while (!load.isOver()) {
    await pause(PAUSE_MS);
    const session = random.pick(load.sessions);
    const latest = updatesOf(ledger, session.sessionId)
      .slice(-AMONG_LATEST)
      .filter(
        ({ acknowledged, identity }) =>
          acknowledged && acknowledged.durability !== 'spooled' && 'updateId' in identity,
      );
    if (latest.length > 0) await repeat(load, session, random.pick(latest));
  }
}

async function repeat(load: Load, session: LoadedSession, update: SentUpdate): Promise<void> {
  const body = bodyOf(update, { session });
  // What its condition was is over: a known update is recognised before any condition.
  if (update.claim) body.ifMatch = 'none';
  const answers = await Promise.all([
    attemptAt(load, body, { isFirst: true }),
    attemptAt(load, body, { isFirst: false }),
  ]);
  for (const answer of answers) {
    load.ledger.count(`repeat ${answer.is === 'done' ? repeated(answer.value) : answer.reason}`);
    if (answer.is !== 'done') continue;
    const { status, known, durability } = answer.value;
    // A spool does not know what the store has.
    if (status !== 'accepted' || known || durability === 'spooled') continue;
    load.ledger.contradictions.push(
      `${session.sessionId} ${update.mark} was acknowledged, and is new when it is repeated`,
    );
  }
}

function repeated({ status, known }: { status: string; known: boolean }): string {
  return `${status}${known ? ', known' : ''}`;
}
