// Lock: the request as a command, and the lock that is held as a response.

import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  LockRequest,
  LockResponseSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { HeldLock, LockCommand, Receipt } from '../../service/session-service.ts';

/** `signal` is aborted once the call has ended, however it ends, or the process is about to. */
export function lockCommandFrom(
  { sessionId, token, ttlMs, waitMs }: LockRequest,
  call: { receipt: Receipt; signal: AbortSignal },
): LockCommand {
  return { ...call, sessionId, token, ttlMs, waitMs };
}

export function lockResponse({
  sessionId,
  token,
  ttlMs,
}: HeldLock): MessageInitShape<typeof LockResponseSchema> {
  return { sessionId, token, ttlMs };
}
