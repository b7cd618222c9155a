// An inspected session, and a user's list of sessions, as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type FrameInspectionSchema,
  FrameKind,
  FrameVerdict,
  type SessionInspectionSchema,
  type SessionSummarySchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { FrameInspection, SessionInspection, SessionSummary } from '../../service/session-service.ts';
import { sessionMessage } from './session-message.ts';

export function inspectionMessage(
  inspection: SessionInspection,
): MessageInitShape<typeof SessionInspectionSchema> {
  const { logId, incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes } = inspection;
  return {
    state: sessionMessage(inspection.state),
    logId,
    incarnation,
    createdAt: timestampFromMs(createdAtMs),
    expiresAt: timestampFromMs(expiresAtMs),
    snapshotBytes,
    deltaBytes,
    frames: inspection.frames.map(frameMessage),
  };
}

export function summaryMessage(summary: SessionSummary): MessageInitShape<typeof SessionSummarySchema> {
  const { sessionId, lastEventMs, ttlMs, revision } = summary;
  return { sessionId, lastEvent: timestampFromMs(lastEventMs), ttlMs: BigInt(ttlMs), revision };
}

function frameMessage(frame: FrameInspection): MessageInitShape<typeof FrameInspectionSchema> {
  const { stamp, ...rest } = frame;
  return {
    ...rest,
    ...(stamp && { stamp }),
    kind: KINDS[frame.kind],
    verdict: VERDICTS[frame.verdict],
  };
}

const KINDS = { delta: FrameKind.DELTA, snapshot: FrameKind.SNAPSHOT } as const;

const VERDICTS = {
  sound: FrameVerdict.SOUND,
  bad_length: FrameVerdict.BAD_LENGTH,
  bad_digest: FrameVerdict.BAD_DIGEST,
  wrong_session: FrameVerdict.WRONG_SESSION,
  newer_format: FrameVerdict.NEWER_FORMAT,
  undecodable: FrameVerdict.UNDECODABLE,
} as const;
