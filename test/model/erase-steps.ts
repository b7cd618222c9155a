// Erases: of what is there and of nothing, with and without a precondition, repeated, some with a
// lost answer.

import { TOMBSTONE_MAX_AGE_SECONDS } from '../../src/session/limits.ts';
import { agree } from './agree.ts';
import type { ModelErase, ModelSession } from './model-session.ts';
import { outcomeOf } from './outcome.ts';

/** Erases the session. */
export async function erase(session: ModelSession, { answerLost = false } = {}): Promise<void> {
  const { random, oracle, etags, erases } = session;
  const etag = random.pick([oracle.etag, oracle.etag, random.pick(etags) ?? 'none', 'none']);
  const asked = {
    updateId: random.chance(0.6) ? `erase-${erases.length}-${random.below(1e6)}` : '',
    ifMatch: random.chance(0.4) ? etag : '',
  };
  erases.push(asked);
  await eraseAs(session, asked, { answerLost });
}

/** Repeats any erase, whatever has happened since. */
export async function repeatErase(session: ModelSession): Promise<void> {
  const { random, erases } = session;
  const asked = random.chance(0.6) ? erases.at(-1) : random.pick(erases);
  if (asked) await eraseAs(session, asked, {});
  else await erase(session);
}

async function eraseAs(
  session: ModelSession,
  asked: ModelErase,
  { answerLost = false }: { answerLost?: boolean },
): Promise<void> {
  const { world, oracle, sessionId } = session;
  await sweep(session);
  const nowMs = await world.nowMs();
  const { sidecar, receipt } = await session.request();
  sidecar.loseAnswer = answerLost;
  const { answer, refused, facts } = await outcomeOf(
    sidecar.service.erase({ receipt, sessionId, ...asked }),
  );
  const told = answer
    ? {
        found: answer.found,
        frames: answer.frames,
        quarantined: answer.quarantined,
        locked: answer.locked,
      }
    : { refused, etag: facts?.etag, revision: facts?.revision };

  const isRepeated = asked.updateId !== '' && oracle.tombstone?.eraseId === asked.updateId;
  const matches = asked.ifMatch === '' || (oracle.exists() && oracle.etag === asked.ifMatch);
  session.count(
    `erase ${isRepeated ? 'repeated' : !matches ? 'in conflict' : oracle.exists() ? 'done' : 'of nothing'}`,
  );
  if (!isRepeated && !matches) {
    agree('an erase', told, { refused: 'conflict', etag: oracle.etag, revision: oracle.revision });
    return;
  }
  agree('an erase', told, isRepeated ? oracle.tombstone?.removed : oracle.removable(nowMs));
  if (!isRepeated) await noteErased(session, asked.updateId);
  const lateUpdates = answer?.pending.find(({ kind }) => kind === 'late_updates');
  if (world.receiptGrainMs === 0)
    agree('its end', lateUpdates?.untilMs, oracle.tombstone?.deadlineMs);
}

/** What an erase that has just run leaves. */
export async function noteErased(session: ModelSession, eraseId: string): Promise<void> {
  const { oracle, world } = session;
  const nowMs = await world.nowMs();
  oracle.erase({
    momentMs: nowMs,
    answeredAtMs: nowMs,
    deadlineMs: nowMs + TOMBSTONE_MAX_AGE_SECONDS * 1000,
    eraseId,
    removed: oracle.removable(nowMs),
  });
  session.isIndexUncertain = false;
}

/** What has expired may be gone or not by the time of an erase, and shows in its answer. */
export async function sweep({ world, oracle }: ModelSession): Promise<void> {
  if (!world.sweep) return;
  await world.sweep();
  oracle.leftBehind = { frames: 0, ids: [] };
}
