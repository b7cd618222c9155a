// What a restore answers, against what the oracle knows: of the latest revision and of earlier
// ones.

import type { RestoredSession } from '../../src/service/session-service.ts';
import { agree } from './agree.ts';
import type { MergedState } from './merged-state.ts';
import type { ModelSession } from './model-session.ts';
import { outcomeOf } from './outcome.ts';
import type { Sidecar } from './sidecar.ts';

const FALLBACK_CONTEXT = { corruptionDetected: '"true"', fallback: '"true"' };

/** Restores the session and holds it against the oracle. */
export async function compare(session: ModelSession, where: string): Promise<void> {
  const oracle = session.oracle.at(await session.world.nowMs());
  const outcome = oracle.outcome();
  const restored = await restore(session, 0);
  const { revision } = oracle;
  const expected = oracle.exists() ? expectedOf(oracle.state(), { revision, outcome }) : undefined;
  agree(where, shownOf(restored), expected);
  if (restored) session.noteEtag(where, restored.etag);
}

/** Restores the session at some revision, also one that is folded or does not exist yet. */
export async function travel(session: ModelSession): Promise<void> {
  const { oracle, random } = session;
  const revision = 1 + random.below(oracle.revision + 1);
  const outcome = oracle.outcome();
  const { answer, refused, facts, pointers } = await outcomeOf(restore(session, revision));
  if (!oracle.exists()) return agree('nothing', { answer, refused }, {});
  const oldest = oracle.oldestRevision();
  if (revision > oracle.revision) {
    session.count('revision to come');
    agree(
      'a revision to come',
      { refused, pointers },
      { refused: 'invalid', pointers: ['/revision'] },
    );
  } else if (revision < oldest) {
    session.count('revision folded');
    agree(
      'a folded revision',
      { refused, ...facts },
      { refused: 'compacted', oldestRevision: oldest },
    );
  } else {
    session.count(revision < oracle.revision ? 'revision gone back to' : 'revision as it is');
    const expected = expectedOf(oracle.stateAt(revision), { revision, outcome });
    agree(`revision ${revision}`, { ...shownOf(answer), refused }, expected);
    const etag = oracle.etagAt(revision);
    if (etag !== undefined) agree(`the etag of revision ${revision}`, answer?.etag, etag);
  }
}

async function restore(
  session: ModelSession,
  revision: number,
): Promise<RestoredSession | undefined> {
  const { sidecar, receipt } = await session.request();
  const { sessionId } = session;
  const restored = await sidecar.service.restore({ sessionId, userId: '', receipt, revision });
  await settleRead(session, sidecar);
  return restored;
}

/** A read of a session in which updates are missing makes its sidecar compact the others. */
export async function settleRead({ oracle, world }: ModelSession, sidecar: Sidecar): Promise<void> {
  if (!oracle.isCompactedWhenRead()) return;
  await sidecar.service.compactor.idle();
  agree('the compaction by a read', sidecar.takeSeen().compactions, ['compacted']);
  oracle.fold(oracle.live.keys(), { readAtMs: await world.nowMs(), revision: oracle.revision });
}

function shownOf(restored: RestoredSession | undefined) {
  if (!restored) return undefined;
  const { revision, outcome, userId, flowId, timestamp, history, lastUpdated } = restored;
  const parts = {
    variables: Object.fromEntries(restored.variables.map(({ key, json }) => [key, json])),
    context: Object.fromEntries(restored.context.map(({ key, json }) => [key, json])),
    ...{ revision, outcome },
  };
  // Of a state that nobody can read, the flow and the time are what the store happens to know.
  if (outcome === 'fallback') return parts;
  return {
    ...{ ...parts, userId, flowId, timestamp },
    history: history.map((step) => `${step.timestamp} ${step.nodeId}`).sort(),
    lastUpdated: Number(lastUpdated.seconds) * 1e6 + lastUpdated.nanos / 1000,
  };
}

function expectedOf(
  state: MergedState,
  { revision, outcome }: Pick<RestoredSession, 'revision' | 'outcome'>,
) {
  if (outcome === 'fallback')
    return { variables: {}, context: FALLBACK_CONTEXT, revision, outcome };
  return {
    ...{ revision, outcome },
    variables: state.entries('variables'),
    context: state.entries('context'),
    userId: state.text('user'),
    flowId: state.text('flow'),
    timestamp: state.text('timestamp'),
    history: [...state.history.values()]
      .map(({ timestamp, nodeId }) => `${timestamp} ${nodeId}`)
      .sort(),
    lastUpdated: state.lastReceivedMicros,
  };
}
