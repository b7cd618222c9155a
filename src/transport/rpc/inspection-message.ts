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
  const { state, frames, quarantine, tombstone, lockedUntilMs, ...whole } = inspection;
  const { createdAtMs, expiresAtMs, damagedFields, unknownFields, ...facts } = whole;
  return {
    ...facts,
    ...{ damagedFields: [...damagedFields], unknownFields: [...unknownFields] },
    ...{ createdAt: timestampFromMs(createdAtMs), expiresAt: timestampFromMs(expiresAtMs) },
    ...(lockedUntilMs !== undefined && { lockedUntil: timestampFromMs(lockedUntilMs) }),
    ...tombstoneMember(tombstone),
    state: sessionMessage(state),
    frames: frames.map((frame) => frameMessage(frame, options)),
    quarantine: quarantine.map((frame) => quarantinedFrameMessage(frame, options)),
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
  const { lastEventMs, ttlMs, outcome, ...rest } = summary;
  const lastEvent = timestampFromMs(lastEventMs);
  return { ...rest, lastEvent, ttlMs: BigInt(ttlMs), outcome: OUTCOMES[outcome] };
}
