// Locks: taken, met, renewed, released, presented again when they are long over, some with a lost
// answer.

import type { HeldLock } from '../../src/service/session-service.ts';
import { agree } from './agree.ts';
import type { ModelSession } from './model-session.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Sidecar } from './sidecar.ts';

type Lost = { answerLost?: boolean };

/** Takes the lock, unless somebody holds it. */
export async function lock(
  session: ModelSession,
  { answerLost = false }: Lost = {},
): Promise<void> {
  const { world, oracle } = session;
  const nowMs = await world.nowMs();
  const { told, answer, ttlMs } = await ask(session, { token: '', answerLost });
  if (oracle.lock.isHeld(nowMs)) {
    session.count('lock busy');
    agree('a lock that is held', told, { refused: 'locked', locks: ['timed_out'], lapsed: 0 });
    return;
  }
  const lapsed = oracle.lock.isLapsed(nowMs);
  session.count(lapsed ? 'lock taken after one that lapsed' : 'lock taken');
  // A lock is new, but for an attempt whose answer was lost: that one was told whether another had
  // lapsed.
  const lapses = lapsed && !answerLost ? 1 : 0;
  agree(
    'a free lock',
    { ...told, token: '' },
    { token: '', ttlMs, locks: ['acquired'], lapsed: lapses },
  );
  oracle.lock.hold(answer?.token ?? '', nowMs + ttlMs);
  session.tokens.push(answer?.token ?? '');
}

/** Renews the lock with some token: the one that holds it, or held it. */
export async function renew(
  session: ModelSession,
  { answerLost = false }: Lost = {},
): Promise<void> {
  const { world, oracle } = session;
  const token = someToken(session);
  if (token === undefined) return lock(session, { answerLost });
  const nowMs = await world.nowMs();
  const { told, ttlMs } = await ask(session, { token, answerLost });
  if (!oracle.lock.holds(token, nowMs)) return lost(session, told, { token, answerLost, nowMs });
  session.count('lock renewed');
  agree('a renewal', told, { token, ttlMs, locks: ['renewed'], lapsed: 0 });
  oracle.lock.hold(token, nowMs + ttlMs);
}

/** Gives the lock back with some token: the one that holds it, held it, or gave it back before. */
export async function unlock(
  session: ModelSession,
  { answerLost = false }: Lost = {},
): Promise<void> {
  const { world, oracle, sessionId } = session;
  const token = someToken(session);
  if (token === undefined) return lock(session, { answerLost });
  const nowMs = await world.nowMs();
  const { sidecar, receipt } = await session.request();
  sidecar.loseAnswer = answerLost;
  const { refused } = await outcomeOf(sidecar.service.unlock({ receipt, sessionId, token }));
  const told = { refused, ...seenBy(sidecar) };
  const isRepeated = oracle.lock.wasReleasedBy(token, nowMs);
  if (!isRepeated && !oracle.lock.holds(token, nowMs))
    return lost(session, told, { token, answerLost, nowMs });
  session.count(isRepeated ? 'lock released again' : 'lock released');
  agree('a release', told, { locks: ['released'], lapsed: 0 });
  oracle.lock.release();
}

/** The token does not hold the lock; if it did until it ran out, that is noticed now, and never
 * again. */
function lost(
  session: ModelSession,
  told: unknown,
  { token, answerLost, nowMs }: { token: string; answerLost: boolean; nowMs: number },
): void {
  const { oracle } = session;
  const lapsed = oracle.lock.token === token && oracle.lock.isLapsed(nowMs);
  session.count(lapsed ? 'lock lost, having lapsed' : 'lock lost');
  const lapses = lapsed && !answerLost ? 1 : 0;
  agree('a lost lock', told, { refused: 'lock_lost', locks: ['lost'], lapsed: lapses });
  if (lapsed) oracle.lock.forget();
}

async function ask(
  session: ModelSession,
  { token, answerLost }: { token: string; answerLost: boolean },
) {
  const { sidecar, receipt } = await session.request();
  const ttlMs = someTtlMs(session);
  sidecar.loseAnswer = answerLost;
  const { signal } = new AbortController();
  const command = { receipt, sessionId: session.sessionId, token, ttlMs, waitMs: 0, signal };
  const { answer, refused }: Outcome<HeldLock> = await outcomeOf(sidecar.service.lock(command));
  const told = { refused, token: answer?.token, ttlMs: answer?.ttlMs, ...seenBy(sidecar) };
  return { told, answer, ttlMs };
}

function seenBy(sidecar: Sidecar) {
  const { locks, lapsed } = sidecar.takeSeen();
  return { locks, lapsed };
}

/** Short ones only where time stands still while a step runs. */
function someTtlMs({ world, random }: ModelSession): number {
  if (!world.time.advance) return 120_000 + random.below(180_000);
  return random.pick([100, 100 + random.below(3000), 10_000, 300_000]);
}

function someToken({ random, tokens }: ModelSession): string | undefined {
  return random.chance(0.75) ? tokens.at(-1) : random.pick(tokens);
}
