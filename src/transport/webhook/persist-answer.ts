// What became of an update, as the webhook answers it.

import type { Persisted } from '../../service/session-service.ts';

/** One that is spooled has no place yet: revision 0 and an empty etag. An update that was dropped has no place in the session, so its answer names none. Steps that
 * were left out of the history are named where there are any; whether others came since is said of
 * a known update. */
export function persistedJson(persisted: Persisted): string {
  const { status, sessionId, revision, etag, durability, known, superseded, ignoredSteps } =
    persisted;
  if (status === 'dropped') return JSON.stringify({ status, sessionId, known });
  const ignored = ignoredSteps.length > 0 && { ignoredSteps };
  return JSON.stringify({
    status,
    sessionId,
    revision,
    etag,
    durability,
    known,
    ...(known && { superseded }),
    ...ignored,
  });
}
