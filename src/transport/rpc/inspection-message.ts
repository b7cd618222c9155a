// An inspected session, and a user's list of sessions, as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  InspectResponseSchema,
  SessionInspectionSchema,
  SessionSummarySchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type {
  SessionInspection,
  SessionSummary,
  UserInspection,
} from '../../service/session-service.ts';
import { frameMessage, quarantinedFrameMessage } from './frame-message.ts';
import { OUTCOMES, sessionMessage } from './session-message.ts';

export function inspectionMessage(
  inspection: SessionInspection,
  options: { includeRaw: boolean },
): MessageInitShape<typeof SessionInspectionSchema> {
  const { logId, incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes } = inspection;
  const { oldestRevision, lockedUntilMs, tombstone, rememberedRemovals } = inspection;
  const { isWhole, damagedFields, unknownFields } = inspection;
  return {
    state: sessionMessage(inspection.state),
    logId,
    incarnation,
    createdAt: timestampFromMs(createdAtMs),
    expiresAt: timestampFromMs(expiresAtMs),
    snapshotBytes,
    deltaBytes,
    frames: inspection.frames.map((frame) => frameMessage(frame, options)),
    oldestRevision,
    rememberedRemovals,
    isWhole,
    damagedFields: [...damagedFields],
    unknownFields: [...unknownFields],
    ...(lockedUntilMs !== undefined && { lockedUntil: timestampFromMs(lockedUntilMs) }),
    ...tombstoneMember(tombstone),
    quarantine: inspection.quarantine.map((frame) => quarantinedFrameMessage(frame, options)),
  };
}

export function userInspectionResponse(
  inspection: UserInspection,
): MessageInitShape<typeof InspectResponseSchema> {
  const { sessions, indexEntries, tombstone, isBeingErased } = inspection;
  return {
    sessions: sessions.map(summaryMessage),
    user: { indexEntries, isBeingErased, ...tombstoneMember(tombstone) },
  };
}

/** A tombstone as a member of a message, if there is one. */
export function tombstoneMember(tombstone: UserInspection['tombstone']) {
  return (
    tombstone && {
      tombstone: {
        erasedAt: timestampFromMs(tombstone.instantMs),
        expiresAt: timestampFromMs(tombstone.expiresAtMs),
      },
    }
  );
}

function summaryMessage(summary: SessionSummary): MessageInitShape<typeof SessionSummarySchema> {
  const { sessionId, lastEventMs, ttlMs, revision, outcome } = summary;
  const counts = { ttlMs: BigInt(ttlMs), revision, outcome: OUTCOMES[outcome] };
  return { sessionId, lastEvent: timestampFromMs(lastEventMs), ...counts };
}
