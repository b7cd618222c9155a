// EraseUser: first the user's tombstone, so that no late entry is accepted any more; then every
// session that the user's index names, which user-erasures.ts does. The answer waits for that until
// it is due, and then says what is left. The tombstone and the index are the whole state of an
// erasure, so a repeated request continues it, whichever sidecar gets it, also after a crash.

import { Refusal } from '../session/errors.ts';
import { checkId } from '../session/identifier.ts';
import { type StoreDurability, weakestOf } from '../store/durability.ts';
import { TOMBSTONE_TTL_MS } from './erasing/erase-session.ts';
import type { ErasureProgress } from './erasing/erasure-progress.ts';
import type { UserErasures } from './erasing/user-erasures.ts';
import type { ServiceParts } from './parts.ts';
import type { ErasedUser, Receipt, SessionService } from './session-service.ts';

/** The part of a request's time in which sessions are erased; the rest is for the answer. */
const ERASING_SHARE = 0.8;

export function createEraseUser(
  { store, patience }: ServiceParts,
  { userErasures }: { userErasures: UserErasures },
): SessionService['eraseUser'] {
  return async function eraseUser({ receipt, userId }) {
    checkId(userId, { pointer: '/userId', required: true });
    const tombstone = { userId, tombstoneTtlMs: TOMBSTONE_TTL_MS };
    const { durability } = await store.within(receipt).eraseUser(tombstone);
    const erasure = userErasures.erase({ receipt, userId });
    const dueMs = receipt.monotonicMs + patience.requestDeadlineMs * ERASING_SHARE;
    await endOf(erasure, dueMs - patience.nowMonotonicMs());
    if (!erasure.isDone && erasure.failure) throw refusalOf(erasure.failure);
    return answerOf(erasure, { receipt, userId, durability });
  };

  async function answerOf(
    erasure: ErasureProgress,
    asked: { receipt: Receipt; userId: string; durability: StoreDurability },
  ): Promise<ErasedUser> {
    const { receipt, userId } = asked;
    const { sessions, erased, isDone } = erasure;
    const untilMs = Number(receipt.wallMicros / 1000n) + TOMBSTONE_TTL_MS;
    const pending = [{ kind: 'late_updates' as const, untilMs }];
    const durability = weakestOf(asked.durability, erasure.durability);
    const answer = { userId, sessions: [...sessions], erased, durability, pending };
    if (isDone) return { ...answer, remaining: 0 };
    const { entries } = await store.within(receipt).inspectUser(userId);
    return { ...answer, remaining: Math.max(1, entries - erasure.keptCount()) };
  }
}

async function endOf({ ended }: ErasureProgress, withinMs: number): Promise<void> {
  const due = Promise.withResolvers<void>();
  const timer = setTimeout(due.resolve, withinMs);
  await Promise.race([ended, due.promise]);
  clearTimeout(timer);
}

function refusalOf(cause: unknown): unknown {
  if (!(cause instanceof Refusal) || cause.reason !== 'unavailable') return cause;
  return new Refusal(
    'unavailable',
    'not all sessions of the user could be erased in time: ' +
      'send the request again, which continues the erasing',
    { cause },
  );
}
