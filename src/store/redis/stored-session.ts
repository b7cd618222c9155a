// A session's hash, read: what its fields mean, and what they mean when they are damaged. Metadata
// that cannot be read never hides a frame; the next append mends it, and until then the session has
// no etag.

import { recentFrom } from '../recent-updates.ts';
import { lastEventFrom, notedFrom } from '../session-notes.ts';
import type { StoredSession } from '../session-store.ts';
import { highestRevision, isInstantMs, isRevision } from '../stored-number.ts';
import { byRevision, isFrameName, sizesOf, storedFrameFrom } from '../stored-value.ts';

/** The session in a hash, but for its quarantine; undefined if it is over, or nothing says that
 * there is one. */
export function storedSessionFrom(
  nowMs: number,
  fields: Map<string, Buffer>,
): Omit<StoredSession, 'quarantined'> | undefined {
  const text = (name: string) => fields.get(name)?.toString() ?? '';
  const expiresAtMs = instantFrom(text('expires_at'));
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return undefined;

  const frames = [...fields]
    .filter(([name]) => isFrameName(name))
    .map(([name, value]) => storedFrameFrom(name, value))
    .sort(byRevision);
  if (frames.length === 0 && !fields.has('created_at')) return undefined;

  const revision = counterFrom(text('revision'), isRevision);
  const createdAtMs = instantFrom(text('created_at'));
  const incarnation = /^[0-9a-f]+$/.exec(text('incarnation'))?.[0];
  const chain = /^[0-9a-f]{20}$/.exec(text('chain'))?.[0];
  const counts = [counterFrom(text('snapshot_bytes')), counterFrom(text('delta_bytes'))];
  const isSound = ![revision, createdAtMs, expiresAtMs, incarnation, chain, ...counts].includes(
    undefined,
  );
  return {
    nowMs,
    revision: revision ?? highestRevision(frames),
    etag: (isSound && chain) || '',
    incarnation: incarnation ?? '',
    createdAtMs: createdAtMs ?? nowMs,
    expiresAtMs: expiresAtMs ?? nowMs,
    flowId: text('flow'),
    ...sizesOf(frames),
    recent: recentFrom(fields.get('recent') ?? ''),
    frames,
    lastEvent: lastEventFrom(text('last_event'), chain ?? ''),
    noted: notedFrom(text('noted'), incarnation ?? ''),
  };
}

/** An instant of a session, in unix ms; undefined if the text is none. */
export function instantFrom(text: string | undefined): number | undefined {
  return counterFrom(text, isInstantMs);
}

function counterFrom(
  text: string | undefined,
  isPossible: (number: number) => boolean = Number.isSafeInteger,
): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) && isPossible(Number(text))
    ? Number(text)
    : undefined;
}
