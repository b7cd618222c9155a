// What became of an update, as the webhook answers it.

import type { Persisted } from '../../service/session-service.ts';

/** An update that was dropped has no place in the session, so its answer names none. */
export function persistedJson(persisted: Persisted): string {
  const { status, sessionId, revision, etag, durability, known } = persisted;
  if (status === 'dropped') return JSON.stringify({ status, sessionId, known });
  return JSON.stringify({ status, sessionId, revision, etag, durability, known });
}
