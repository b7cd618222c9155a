// Parts of an export as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  ExportUserResponseSchema,
  FrameValuesSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import {
  EXPORT_FORMAT,
  type ExportedSession,
  type ExportHead,
  type ExportPart,
  type FrameValues,
} from '../../service/listing/user-export.ts';
import { quarantinedFrameMessage } from './frame-message.ts';
import { inspectionMessage, tombstoneMember } from './inspection-message.ts';
import { structFrom } from './session-message.ts';

type Response = MessageInitShape<typeof ExportUserResponseSchema>;
type Part = Exclude<Exclude<Response, { $typeName: string }>['part'], undefined>;

export function exportMessage(part: ExportPart): Response {
  return { part: partMessage(part) };
}

function partMessage(part: ExportPart): Part {
  switch (part.kind) {
    case 'head':
      return { case: 'head', value: headMessage(part) };
    case 'session':
      return { case: 'session', value: sessionMessage(part) };
    case 'end': {
      const { isComplete: complete, sessions, spooledUpdates, problems, problemCount } = part;
      const counts = { complete, sessions, spooledUpdates, problemCount };
      return { case: 'end', value: { ...counts, problems } };
    }
  }
}

function headMessage({ exportedAtMs, tombstone, ...head }: ExportHead) {
  const exportedAt = timestampFromMs(exportedAtMs);
  return { ...head, format: EXPORT_FORMAT, exportedAt, ...tombstoneMember(tombstone) };
}

function sessionMessage({ sessionId, inspection, ...session }: ExportedSession) {
  const includeRaw = { includeRaw: true };
  return {
    sessionId,
    ...(inspection && { inspection: inspectionMessage(inspection, includeRaw) }),
    values: session.values.map(valuesMessage),
    quarantine: session.quarantine.map((frame) => quarantinedFrameMessage(frame, includeRaw)),
    ...tombstoneMember(session.tombstone),
  };
}

function valuesMessage({
  frame,
  variables,
  context,
}: FrameValues): MessageInitShape<typeof FrameValuesSchema> {
  return { frame, variables: structFrom(variables), context: structFrom(context) };
}
