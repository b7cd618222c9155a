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
  const expected = oracle.compaction();
  const read = { readAtMs: await world.nowMs(), revision: oracle.revision };
  let unchanged = true;
  sidecar.beforeCompact = async () => {
    await between?.();
    unchanged = live.every((id) => session.oracle.live.has(id));
  };
  const result = await sidecar.service.compactor.compact(session.sessionId);
  agree('the compaction', result, expected === 'skipped' || unchanged ? expected : 'changed');
  // An update that came in between meets what is left of the folded ones, as it would have come
  // after them: a removal that was forgotten does not hold against it.
  if (result === 'compacted') session.oracle.fold(live, read);
}
