// Watch's request as a command, and its events as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type WatchRequest,
  WatchResetReason,
  type WatchResponseSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { WatchCommand, WatchedEvent } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';

/** Below the 60 s after which common proxies drop a connection. */
const HEARTBEAT_MS = 15_000;

type Response = MessageInitShape<typeof WatchResponseSchema>;
type Event = Exclude<Exclude<Response, { $typeName: string }>['event'], undefined>;

export function watchCommandFrom(
  { target, resumeFrom, heartbeatMs }: WatchRequest,
  call: Pick<WatchCommand, 'receipt' | 'signal'>,
): WatchCommand {
  return {
    ...call,
    sessionId: target.case === 'sessionId' ? target.value : '',
    userId: target.case === 'userId' ? target.value : '',
    resumeFrom: resumeFrom.map(({ sessionId, revision, etag }) => ({ sessionId, revision, etag })),
    heartbeatMs: heartbeatMs || HEARTBEAT_MS,
  };
}

export function watchResponse(event: WatchedEvent): MessageInitShape<typeof WatchResponseSchema> {
  return { sessionId: event.sessionId, event: eventMessage(event) };
}

function eventMessage(event: WatchedEvent): Event {
  switch (event.kind) {
    case 'update':
      return { case: 'update', value: updateMessage(event.update) };
    case 'reset':
      return { case: 'reset', value: resetMessage(event) };
    case 'erased':
      return { case: 'erased', value: { erasedAt: timestampFromMs(event.atMs) } };
    case 'expired':
      return { case: 'expired', value: { expiredAt: timestampFromMs(event.atMs) } };
    case 'locked':
      return { case: 'locked', value: { lockedUntil: timestampFromMs(event.untilMs) } };
    case 'unlocked':
      return { case: 'unlocked', value: { lapsed: event.lapsed } };
    case 'heartbeat':
      return { case: 'heartbeat', value: { behindMs: millisecondsOf(event.behindMs) } };
  }
}

function updateMessage({
  received,
  ...update
}: Extract<WatchedEvent, { kind: 'update' }>['update']) {
  const { variables, context, removedVariables, removedContext } = update;
  return {
    ...update,
    ...{ variables: [...variables], context: [...context] },
    ...{ removedVariables: [...removedVariables], removedContext: [...removedContext] },
    ...(received && { received }),
  };
}

function resetMessage(event: Extract<WatchedEvent, { kind: 'reset' }>) {
  const { reason, live, lockedUntilMs } = event;
  return {
    ...{ reason: memberOf(WatchResetReason, reason), found: live !== undefined },
    ...(live && {
      ...{ revision: live.revision, etag: live.etag },
      expiresAt: timestampFromMs(live.expiresAtMs),
    }),
    ...(lockedUntilMs !== undefined && { lockedUntil: timestampFromMs(lockedUntilMs) }),
  };
}

/** Before the store has answered at all it is infinite. */
function millisecondsOf(ms: number): bigint {
  return BigInt(Math.min(Math.round(ms), Number.MAX_SAFE_INTEGER));
}
