// An update that is stored already: whether this attempt is a retry of it, and what has happened
// since.

import { areOfDifferentContents } from '../../session/content-tag.ts';
import { readStoredFrame } from '../../session/frame.ts';
import { recentFrom } from '../../store/recent-updates.ts';
import type { KnownUpdate, SessionStore } from '../../store/session-store.ts';

/**
 * Whether the update that is stored under an id has other content than this attempt under the same
 * id. Known only while its frame is live and intact: a folded one, and one that an older version
 * wrote, counts as the same.
 */
export function isAnotherUpdate(
  { frame, opened }: Pick<KnownUpdate, 'frame' | 'opened'>,
  attempt: { sessionId: string; contentTag: Uint8Array },
): boolean {
  if (frame === undefined || attempt.contentTag.length === 0) return false;
  const read = readStoredFrame({ bytes: frame, opened }, attempt.sessionId);
  const [stored] = read.state?.updates ?? [];
  return stored !== undefined && areOfDifferentContents(stored.contentTag, attempt.contentTag);
}

/** Whether the session has taken other updates since; false for an update whose revision is
 * damaged. */
export function isSuperseded({ revision, sessionRevision }: KnownUpdate): boolean {
  return revision > 0 && sessionRevision > revision;
}

/** The update that an earlier attempt stored, found by reading: for an attempt that is refused
 * before it reaches the store. Undefined if there is none. */
export async function findKnownUpdate(
  store: Pick<SessionStore, 'read'>,
  { sessionId, updateId }: { sessionId: string; updateId: string },
): Promise<KnownUpdate | undefined> {
  const session = await store.read(sessionId);
  if (!session) return undefined;
  // Reading shows only that the store has it.
  const found = { status: 'known', durability: 'stored' } as const;
  const known = { ...found, sessionRevision: session.revision };
  const live = session.frames.find(({ name }) => name === updateId);
  if (live) {
    const { revision, etag, bytes: frame, opened } = live;
    return { ...known, revision, etag, frame, opened };
  }
  const folded = recentFrom(session.recent).find((update) => update.updateId === updateId);
  return folded && { ...known, revision: folded.revision, etag: folded.etag };
}
