// A session's hash, read: what its fields mean, and what they mean when they are damaged. Metadata that
// cannot be read never hides a frame; the next append mends it.

import type { StoredSession } from '../session-store.ts';
import { byRevision, isFrameName, recentFrom, storedFrameFrom } from '../stored-value.ts';

/** The session in a hash; undefined if it is over, or nothing in the hash says that there is one. */
export function storedSessionFrom(nowMs: number, fields: Map<string, Buffer>): StoredSession | undefined {
  const text = (name: string) => fields.get(name)?.toString() ?? '';
  const expiresAtMs = counterFrom(text('expires_at'));
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return undefined;

  const frames = [...fields]
    .filter(([name]) => isFrameName(name))
    .map(([name, value]) => storedFrameFrom(name, value))
    .sort(byRevision);
  if (frames.length === 0 && !fields.has('created_at')) return undefined;

  const bytesOf = (kind: 'snapshot' | 'delta') =>
    frames.filter((frame) => frame.kind === kind).reduce((sum, { name }) => sum + sizeOf(fields, name), 0);
  return {
    nowMs,
    revision: counterFrom(text('revision')) ?? frames.at(-1)?.revision ?? 0,
    etag: /^[0-9a-f]{20}$/.test(text('chain')) ? text('chain') : '',
    incarnation: text('incarnation'),
    createdAtMs: counterFrom(text('created_at')) ?? nowMs,
    expiresAtMs: expiresAtMs ?? nowMs,
    flowId: text('flow'),
    snapshotBytes: bytesOf('snapshot'),
    deltaBytes: bytesOf('delta'),
    recent: recentFrom(text('recent')),
    frames,
  };
}

function sizeOf(fields: Map<string, Buffer>, name: string): number {
  return fields.get(name)?.length ?? 0;
}

function counterFrom(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
