// A stored frame, among a session's or in quarantine, as a message. Its bytes go out only where
// they were asked for: what could not be read may still show what a session holds.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type FrameInspectionSchema,
  FrameKind,
  FrameVerdict,
  type QuarantinedFrameSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { FrameInspection, QuarantineInspection } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';

export function frameMessage(
  { rawBytes, stamp, ...frame }: FrameInspection,
  { includeRaw }: { includeRaw: boolean },
): MessageInitShape<typeof FrameInspectionSchema> {
  return {
    ...frame,
    ...(stamp && { stamp }),
    ...(includeRaw && rawBytes && { raw: rawBytes }),
    kind: memberOf(FrameKind, frame.kind),
    verdict: memberOf(FrameVerdict, frame.verdict),
  };
}

export function quarantinedFrameMessage(
  { quarantinedAtMs, expiresAtMs, rawBytes, ...frame }: QuarantineInspection,
  { includeRaw }: { includeRaw: boolean },
): MessageInitShape<typeof QuarantinedFrameSchema> {
  return {
    ...frame,
    kind: memberOf(FrameKind, frame.kind),
    verdict: memberOf(FrameVerdict, frame.verdict),
    quarantinedAt: timestampFromMs(quarantinedAtMs),
    expiresAt: timestampFromMs(expiresAtMs),
    ...(includeRaw && { raw: rawBytes }),
  };
}
