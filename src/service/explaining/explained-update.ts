import type { Claim } from '../../session/explaining/contest.ts';
import { recentFrom } from '../../store/recent-updates.ts';
import type { ReadSession } from '../reading/read-session.ts';
import type { ExplainedUpdate } from './explanation.ts';
import { importedIdsOf, type Source } from './sources.ts';

/** Makes explained updates of what updates of a session say about a key; without values. */
export function describeClaims({
  stored,
  state,
}: ReadSession): (
  claim: Pick<Claim<Source>, 'update' | 'action' | 'source'>,
) => Omit<ExplainedUpdate, 'value'> {
  const imported = importedIdsOf(state.sessionId);
  // The revisions of the updates that were merged last.
  const recent = new Map(
    recentFrom(stored.recent).map(({ updateId, revision }) => [updateId, revision]),
  );

  return ({ update, action, source }) => {
    const { stamp, timestamp, flowId, userId } = update;
    const { isMerged, isSpooled } = source;
    const updateId = stamp?.updateId ?? '';
    const revision = isMerged ? (recent.get(updateId) ?? 0) : source.revision;
    const isImported = imported.has(updateId);
    return { stamp, revision, action, timestamp, flowId, userId, isMerged, isSpooled, isImported };
  };
}
