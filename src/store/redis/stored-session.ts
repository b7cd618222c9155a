// A session's hash, read: what its fields mean, and what they mean when they are damaged. Metadata that
// cannot be read never hides a frame; the next append mends it.

import { highestRevision, isInstantMs, isRevision } from '../number-at-rest.ts';
import type { StoredSession } from '../session-store.ts';
import { byRevision, isFrameName, recentFrom, sizesOf, storedFrameFrom } from '../stored-value.ts';

/** The session in a hash; undefined if it is over, or nothing in the hash says that there is one. */
export function storedSessionFrom(nowMs: number, fields: Map<string, Buffer>): StoredSession | undefined {
  const text = (name: string) => fields.get(name)?.toString() ?? '';
  const expiresAtMs = counterFrom(text('expires_at'), isInstantMs);
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return undefined;

  const frames = [...fields]
    .filter(([name]) => isFrameName(name))
    .map(([name, value]) => storedFrameFrom(name, value))
    .sort(byRevision);
  if (frames.length === 0 && !fields.has('created_at')) return undefined;

  return {
    nowMs,
    revision: counterFrom(text('revision'), isRevision) ?? highestRevision(frames),
    etag: /^[0-9a-f]{20}$/.test(text('chain')) ? text('chain') : '',
    incarnation: /^[0-9a-f]+$/.test(text('incarnation')) ? text('incarnation') : '',
    createdAtMs: counterFrom(text('created_at'), isInstantMs) ?? nowMs,
    expiresAtMs: expiresAtMs ?? nowMs,
    flowId: text('flow'),
    ...sizesOf(frames),
    recent: recentFrom(text('recent')),
    frames,
  };
}

function counterFrom(text: string, isPossible: (number: number) => boolean): number | undefined {
  return /^\d{1,15}$/.test(text) && isPossible(Number(text)) ? Number(text) : undefined;
}
