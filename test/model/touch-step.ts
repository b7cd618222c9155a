// Touches: a session that lives is extended, whoever holds its lock, and no other comes to be.

import { agree } from './agree.ts';
import type { ModelSession } from './model-session.ts';
import { someTtlSeconds } from './random-update.ts';

/** Touches the session, for as long as it lives by default or for some time. */
export async function touch(session: ModelSession): Promise<void> {
  const { world, oracle, random, sessionId, ttlMs } = session;
  const nowMs = await world.nowMs();
  const { sidecar, receipt, momentMs } = await session.request();
  const ttlSeconds = random.chance(0.5) ? someTtlSeconds(random, ttlMs) : undefined;
  const touched = await sidecar.service.touch({ receipt, sessionId, ttlSeconds });
  if (!oracle.exists()) {
    const isErased = oracle.tombstone !== undefined;
    session.count(isErased ? 'touch of an erased session' : 'touch of nothing');
    return agree('a touch of nothing', touched, { found: false, isErased });
  }
  const livesMs = ttlSeconds === undefined ? ttlMs : ttlSeconds * 1000;
  oracle.expiresAtMs = Math.max(oracle.expiresAtMs, momentMs + livesMs);
  session.count('touch');
  agree('a touch', touched.found, true);
  if (touched.found && world.receiptGrainMs === 0)
    agree('what is left', touched.ttlMs, oracle.expiresAtMs - nowMs);
}
