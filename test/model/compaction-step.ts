import { agree } from './agree.ts';
import type { ModelSession } from './model-session.ts';
import { createSidecar } from './sidecar.ts';

/** A compaction by a third process; `between` happens after it has read and before it writes. */
export async function compact(
  session: ModelSession,
  { between, answerLost = false }: { between?: () => Promise<unknown>; answerLost?: boolean } = {},
): Promise<void> {
  const { world, oracle } = session;
  const sidecar = createSidecar(world, session.ttlMs);
  sidecar.loseAnswer = answerLost;
  const live = [...oracle.live.keys()];
  const readAtMs = await world.nowMs();
  let unchanged = true;
  sidecar.beforeCompact = async () => {
    await between?.();
    unchanged = live.every((id) => session.oracle.live.has(id));
  };
  const result = await sidecar.service.compactor.compact(session.sessionId);
  agree(
    'the compaction',
    result,
    live.length === 0 ? 'skipped' : unchanged ? 'compacted' : 'changed',
  );
  // An update that came in between meets what is left of the folded ones, as it would have come
  // after them: a removal that was forgotten does not hold against it.
  if (result === 'compacted') session.oracle.fold(live, readAtMs);
}
