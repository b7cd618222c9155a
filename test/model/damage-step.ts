// Damage at rest: a frame is overwritten, a restore finds it, and its sidecar moves it into
// quarantine.

import { STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import { agree } from './agree.ts';
import { compare } from './compare-step.ts';
import type { ModelSession } from './model-session.ts';
import { persist, update } from './persist-step.ts';
import type { Random } from './random.ts';
import { QUARANTINE_TTL_MS } from './sidecar.ts';

/** Damages any frame of the session. */
export async function damage(session: ModelSession): Promise<void> {
  const { world, random, oracle, sessionId } = session;
  const frames = (await world.store.read(sessionId))?.frames ?? [];
  if (frames.length === 0) return update(session);
  const { name, kind, value } = random.pick(frames);
  await world.overwrite(sessionId, name, damagedFrom(value, random));
  const damaged = oracle.live.get(name);
  agree('the damaged frame', damaged === undefined, kind === 'snapshot');
  oracle.damage(name);
  // As long as it stands where it stood, its update is known.
  if (damaged && random.chance(0.3)) await persist(session, damaged.update, {});
  await compare(session, 'the damaged session');
  session.count(`damage: ${oracle.outcome()}`);
  await settleDamage(session);
}

/** What a restore found is moved by its sidecar, and the rest is folded. */
async function settleDamage({ sidecars, oracle, world }: ModelSession): Promise<void> {
  for (const { service } of sidecars) await service.compactor.idle();
  const seen = sidecars.map((sidecar) => sidecar.takeSeen());
  const nowMs = await world.nowMs();
  const moved = seen.reduce((sum, { quarantined }) => sum + quarantined, 0);
  agree('the quarantine', moved, oracle.quarantineDamaged(nowMs + QUARANTINE_TTL_MS));
  const compactions = seen.flatMap((sidecar) => sidecar.compactions);
  const expected = oracle.compaction();
  agree('its compaction', compactions, [expected]);
  if (expected === 'compacted')
    oracle.fold(oracle.live.keys(), { readAtMs: nowMs, revision: oracle.revision });
}

/** Its head stays: what damage does to that is the contract suite's to tell. */
function damagedFrom(value: Uint8Array, random: Random): Uint8Array {
  const damaged = Buffer.from(value);
  if (random.chance(0.2)) return damaged.subarray(0, STORED_HEAD_BYTES + random.below(4));
  const place = STORED_HEAD_BYTES + random.below(damaged.length - STORED_HEAD_BYTES);
  damaged[place] = (damaged[place] ?? 0) ^ (1 << random.below(8));
  return damaged;
}
