// Storing what was a session elsewhere, as the first update of a session: from before all of its
// updates, and whether or not it has begun.
//
// The index comes before the append: an entry too many leads nowhere, a session without its entry
// would not be found by its user.

import { SESSION_BYTES_LIMIT } from '../../session/limits.ts';
import { NOTE_EVERY_MS } from '../../store/due-note.ts';
import {
  type Append,
  type AttemptLimits,
  BEFORE_ALL,
  INDEX_SLACK_MS,
  type SessionStore,
} from '../../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';

export type FirstUpdate = Pick<
  Append,
  'sessionId' | 'updateId' | 'frame' | 'userId' | 'flowId' | 'eventMs' | 'ttlMs'
>;

/** `known`: it had been stored before. `joined`: the session had begun without it. `erased`: the
 * session or its user was. */
export type FirstUpdateResult = 'imported' | 'joined' | 'known' | 'erased';

type Parts = { store: SessionStore; nowMonotonicMs: () => number };

/** Stores it, and notes the session in its user's index. Throws StoreUnavailable if that is not
 * certain; it may be tried again. */
export async function storeFirstUpdate(
  parts: Parts,
  update: FirstUpdate,
  limits?: AttemptLimits,
): Promise<FirstUpdateResult> {
  const { store, nowMonotonicMs } = parts;
  if (update.userId !== '' && !(await noteUser(parts, update, limits))) return 'erased';
  const { sessionId, ttlMs } = update;
  const receivedAtMonotonicMs = nowMonotonicMs();
  const { updateId, frame, userId, flowId, eventMs } = update;
  const appended = await store.append(
    {
      ...{ sessionId, updateId, frame, flowId, userId, eventMs, receivedAtMonotonicMs, ttlMs },
      // A session that is larger than the limit is kept, as where the limit was lowered.
      sessionMaxBytes: 2 * SESSION_BYTES_LIMIT + STORED_HEAD_BYTES,
      lockToken: '',
      ifMatch: BEFORE_ALL,
    },
    limits,
  );
  switch (appended.status) {
    case 'stored':
      if (appended.due) {
        const { incarnation } = appended;
        const endsAtMonotonicMs = receivedAtMonotonicMs + ttlMs;
        store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs });
      }
      return appended.created ? 'imported' : 'joined';
    case 'known':
      return 'known';
    case 'dropped':
      return 'erased';
    default:
      throw new Error(`a base was answered with ${appended.status}`);
  }
}

/** Notes the session in its user's index; false if the user was erased. */
async function noteUser(
  { store, nowMonotonicMs }: Parts,
  { sessionId, userId, eventMs, ttlMs }: FirstUpdate,
  limits: AttemptLimits | undefined,
): Promise<boolean> {
  // An erase of the user after this is noticed by the note.
  const receivedAtMonotonicMs = nowMonotonicMs();
  const { tombstone } = await store.inspectUser(userId);
  if (tombstone !== undefined) return false;
  const livesMs = ttlMs + NOTE_EVERY_MS + INDEX_SLACK_MS;
  const entry = { userId, sessionId, eventMs, receivedAtMonotonicMs, ttlMs: livesMs };
  return (await store.index(entry, limits)).status === 'noted';
}
