import { agree } from './agree.ts';
import { isListed } from './erase-user-step.ts';
import type { ModelSession } from './model-session.ts';
import { usersOf } from './random-update.ts';

/** Inspects the session: what stands beside its state, and that its user leads to it. */
export async function inspect(session: ModelSession): Promise<void> {
  const { world, oracle, sessionId } = session;
  const nowMs = await world.nowMs();
  const { sidecar, receipt } = await session.request();
  const found = await sidecar.service.inspect({ receipt, sessionId, revision: 0 });
  if (!oracle.exists()) return agree('an inspection of nothing', found, undefined);
  const { tombstone, lock } = oracle;
  const instants = {
    lockedUntilMs: lock.isHeld(nowMs) ? lock.deadlineMs : undefined,
    erasedAtMs: tombstone?.momentMs,
    tombstoneUntilMs: tombstone?.deadlineMs,
  };
  const told = {
    lockedUntilMs: found?.lockedUntilMs,
    erasedAtMs: found?.tombstone?.instantMs,
    tombstoneUntilMs: found?.tombstone?.expiresAtMs,
  };
  agree(
    'what stands beside',
    roundedTo(world.receiptGrainMs, told),
    roundedTo(world.receiptGrainMs, instants),
  );
  if (world.receiptGrainMs === 0) agree('the end', found?.expiresAtMs, oracle.expiresAtMs);
  const state = oracle.state();
  const remembered = { variables: state.removed('variables'), context: state.removed('context') };
  agree('the removals that are remembered', found?.rememberedRemovals, remembered);
  agree('the oldest revision', found?.oldestRevision, oracle.oldestRevision());
  agree('the quarantine', found?.quarantine.length, oracle.quarantine.length);
  const deltas = found?.frames.filter(({ kind }) => kind === 'delta').map(({ name }) => name);
  agree('the deltas', deltas?.sort(), [...oracle.live.keys()].sort());
  await findByUser(session);
}

async function findByUser(session: ModelSession): Promise<void> {
  const { oracle } = session;
  for (const userId of usersOf(session.sessionId)) {
    if (!oracle.mayBeOf(userId) || session.isIndexUncertain) continue;
    // A damaged session may say that it is another's than it was, or nobody's: then the index
    // decides, which an erase may have cleared.
    if (oracle.outcome() !== 'intact' && !(await isListed(session, userId))) continue;
    const { sidecar, receipt } = await session.request();
    const found = await sidecar.service.restore({ receipt, sessionId: '', userId, revision: 0 });
    session.count(oracle.outcome() === 'intact' ? 'found by user' : 'found by user, damaged');
    const { sessionId, outcome } = found ?? {};
    agree('the session of its user', { sessionId, outcome }, expected(session));
  }
}

function expected({ sessionId, oracle }: ModelSession) {
  return { sessionId, outcome: oracle.outcome() };
}

/** Where the clock is real, only whether there is an instant can be told. */
function roundedTo(grainMs: number, instants: Record<string, number | undefined>) {
  const isExact = grainMs === 0;
  return Object.fromEntries(
    Object.entries(instants).map(([name, instant]) => [
      name,
      isExact ? instant : instant !== undefined,
    ]),
  );
}
