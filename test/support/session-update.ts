import type { SessionState } from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import {
  createDelta,
  type IdentifiedUpdate,
  identifyUpdate,
  type PostedUpdate,
} from '../../src/session/session-update.ts';

/** An update received at `receivedMicros` (unix), all of which is kept. */
export function createSessionUpdate(
  posted: PostedUpdate,
  receivedMicros: bigint,
): IdentifiedUpdate & { delta: SessionState } {
  const identified = identifyUpdate(posted, receivedMicros);
  return { ...identified, delta: createDelta(identified, posted) };
}
