// What was erased, of a session and of a user, as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  Durability,
  type ErasedSessionSchema,
  type EraseUserResponseSchema,
  PendingErasureKind,
  type PendingErasureSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { ErasedSession, ErasedUser, PendingErasure } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';

export function erasedSessionMessage(
  erased: ErasedSession,
): MessageInitShape<typeof ErasedSessionSchema> {
  const durability = memberOf(Durability, erased.durability);
  return { ...erased, durability, pending: erased.pending.map(pendingMessage) };
}

export function erasedUserMessage(
  erased: ErasedUser,
): MessageInitShape<typeof EraseUserResponseSchema> {
  const sessions = erased.sessions.map(erasedSessionMessage);
  const durability = memberOf(Durability, erased.durability);
  return { ...erased, sessions, durability, pending: erased.pending.map(pendingMessage) };
}

function pendingMessage({
  kind,
  untilMs,
}: PendingErasure): MessageInitShape<typeof PendingErasureSchema> {
  return { kind: memberOf(PendingErasureKind, kind), until: timestampFromMs(untilMs) };
}
