// Where the updates of a session are kept: in stored frames, of one update or many, and in the
// spool of this process.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { LEGACY_LAYOUTS } from '../../session/legacy/legacy-state.ts';
import { createBaseId } from '../../session/update-id.ts';
import type { ReadSession, SpooledUpdate } from '../reading/read-session.ts';

/** A source of updates that could be read. */
export type Source = {
  state: SessionState;
  /** Of the frame; 0 if it is not known. */
  revision: number;
  /** It is a snapshot. */
  isMerged: boolean;
  isSpooled: boolean;
};

/** The sources of a session, those first that know most of an update. */
export function sourcesOf({ frames, spooled = [] }: ReadSession): Source[] {
  const stored = frames.flatMap(({ stored: { kind, revision }, read }): Source[] => {
    if (read.verdict !== 'sound') return [];
    return [{ state: read.state, revision, isMerged: kind === 'snapshot', isSpooled: false }];
  });
  const isOne = ({ isMerged }: Source) => !isMerged;
  return [
    ...stored.filter(isOne),
    ...spooled.map(spooledSource),
    ...stored.filter(({ isMerged }) => isMerged),
  ];
}

export function spooledSource({ state }: SpooledUpdate): Source {
  return { state, revision: 0, isMerged: false, isSpooled: true };
}

/** Up to which revision the updates of a session are merged into snapshots; 0 if none are. */
export function mergedUpToRevision({ frames }: Pick<ReadSession, 'frames'>): number {
  return frames.reduce(
    (latest, { stored }) =>
      stored.kind === 'snapshot' ? Math.max(latest, stored.revision) : latest,
    0,
  );
}

/** The ids of the updates that are what a former service left of a session. */
export function importedIdsOf(sessionId: string): ReadonlySet<string> {
  return new Set(LEGACY_LAYOUTS.map((layout) => createBaseId({ sessionId, layout })));
}
