// What the session service in memory answers of what it does not keep.

import { create } from '@bufbuild/protobuf';
import {
  Codec,
  HistoryStepSchema,
  StampSchema,
} from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type { ListedSessions } from '../../../src/service/listing/listed-sessions.ts';
import type { ExportPart } from '../../../src/service/listing/user-export.ts';
import type {
  ErasedSession,
  Explanation,
  FrameInspection,
  RestoredSession,
  SessionInspection,
  Timeline,
} from '../../../src/service/session-service.ts';

/** An inspection with a sound frame, an unsound one, and one in quarantine. */
export function inspectionOf(state: RestoredSession): SessionInspection {
  const { revision, etag } = state;
  const frame = {
    ...({ name: 'AAAAAAAAAAAAAAAAAAAAAA', kind: 'delta', revision, etag, sizeBytes: 99 } as const),
    ...{
      updates: 1,
      variables: ['a'],
      context: ['b'],
      removedVariables: ['c'],
      removedContext: ['d'],
      replaces: ['context'],
    },
    historySteps: 2,
  };
  const stamp = create(StampSchema, { sequence: 7n });
  const stored = {
    isWhole: false,
    damagedFields: ['expires_at', 'lock'] as const,
    unknownFields: ['later'],
  };
  const frames: FrameInspection[] = [
    { ...frame, verdict: 'sound', stamp, rawBytes: undefined },
    { ...frame, verdict: 'bad_digest', stamp: undefined, rawBytes: Uint8Array.of(1, 2, 255) },
  ];
  return {
    ...stored,
    ...{
      state,
      logId: '0123456789ab',
      incarnation: 'f00d',
      createdAtMs: 1_000,
      expiresAtMs: 2_000,
    },
    ...{ snapshotBytes: 0, deltaBytes: 129, frames, oldestRevision: 1, lockedUntilMs: 3_000 },
    rememberedRemovals: { variables: 3, context: 4 },
    tombstone: { instantMs: 4_000, expiresAtMs: 5_000 },
    quarantine: [
      {
        ...({ name: 'snapshot:b', kind: 'snapshot', revision: 3, sizeBytes: 4 } as const),
        ...({ verdict: 'bad_length', quarantinedAtMs: 6_000, expiresAtMs: 7_000 } as const),
        rawBytes: Uint8Array.of(0, 0, 0, 9),
      },
    ],
  };
}

export function erasedFrom(session: {
  sessionId: string;
  found: boolean;
  locked: boolean;
}): ErasedSession {
  const pending: ErasedSession['pending'] = [{ kind: 'late_updates', untilMs: 86_400_000 }];
  const counts = { frames: 5, quarantined: 2, indexEntries: 1 };
  return { ...session, ...counts, durability: 'replicated', pending };
}

/** A page of a list, with all that such a page may say. */
export function listedFrom(found: readonly RestoredSession[], userId: string): ListedSessions {
  const sessions = found.map((session) => ({
    ...{ sessionId: session.sessionId, userId: session.userId, flowId: session.flowId },
    ...{ revision: session.revision, outcome: session.outcome, isDamaged: true },
    ...{ createdAtMs: 1_000, lastEventMs: 2_000, expiresAtMs: 3_000, lockedUntilMs: 4_000 },
    ...{ quarantined: 5, frames: 6, bytes: 7 },
  }));
  return {
    ...{ sessions, nextToken: 'next', examined: 8, mayRepeat: true, unavailable: ['redis:1'] },
    listedBy: userId ? 'user_index' : 'scan',
  };
}

/** A page with one update, which changed a value. */
export function timelineOf(sessionId: string): Timeline {
  const value = { json: '{"a":[null]}', type: 'object', sizeBytes: 12 } as const;
  const large = { json: undefined, type: 'string', sizeBytes: 9999 } as const;
  const kind = 'changed';
  const change = { pointer: '/context/a', kind, before: large, after: value, posted: undefined };
  return {
    sessionId,
    entries: [
      {
        ...({ name: 'snapshot:b', kind: 'replacement', revision: 3, verdict: 'sound' } as const),
        ...{ isQuarantined: true, isSpooled: true, isImported: true, codec: Codec.ZSTD },
        ...{ stamp: create(StampSchema, { sequence: 7n }), timestamp: '1718445780', keyId: 'k' },
        ...{ flowId: 'f', userId: 'u', sizeBytes: 99, updates: 1, replaces: ['context'] },
        ...{ changes: [{ ...change, kind }], moreChanges: 2, unchangedKeys: 3, moreAddedSteps: 4 },
        addedSteps: [create(HistoryStepSchema, { nodeId: 'n', timestamp: '5', position: 6 })],
        summary: 'It changed 1 value.',
      },
    ],
    ...{ nextPageToken: 'next', revision: 3, mergedUpToRevision: 2, outcome: 'recovered' },
  };
}

/** An update that set the value, and one that lost. */
export function explanationOf(sessionId: string, pointer: string): Explanation {
  const value = { json: 'null', type: 'null', sizeBytes: 4 } as const;
  const update = {
    ...({ stamp: create(StampSchema, { sequence: 7n }), revision: 3, action: 'set' } as const),
    ...{ value, timestamp: '1718445780', flowId: 'f', userId: 'u' },
    ...{ isMerged: true, isSpooled: true, isImported: true },
  };
  const lostAgainst = 'set';
  return {
    ...{ sessionId, pointer, revision: 3, value, reason: 'Set.', decidedBy: update, moreLost: 2 },
    lost: [{ update, decidedBy: 'received', lostAgainst, reason: 'Received earlier.' }],
    ...{ mergedUpToRevision: 2, outcome: 'intact' },
  };
}

/** An export with all that one may say. */
export function exportOf(found: readonly RestoredSession[], userId: string): ExportPart[] {
  const tombstone = { instantMs: 1_000, expiresAtMs: 2_000 };
  const sessions = found.map((state): ExportPart => {
    const { sessionId, variables, context } = state;
    const values = [{ frame: 'AAAAAAAAAAAAAAAAAAAAAA', variables, context }];
    const inspection = inspectionOf(state);
    return { kind: 'session', sessionId, inspection, values, quarantine: [], tombstone: undefined };
  });
  const { quarantine } = inspectionOf(found[0] as RestoredSession);
  return [
    {
      ...{ kind: 'head', serviceVersion: '1.2.3', userId, exportedAtMs: 3_000, indexEntries: 4 },
      ...{ tombstone, isBeingErased: true, isRedacted: true },
    },
    ...sessions,
    {
      ...{ kind: 'session', sessionId: 'ended', inspection: undefined, values: [] },
      ...{ quarantine, tombstone },
    },
    {
      ...{ kind: 'end', isComplete: false, sessions: 2, spooledUpdates: 5, problemCount: 6 },
      problems: [{ sessionId: 'away', reason: 'unavailable', message: 'no route' }],
    },
  ];
}
