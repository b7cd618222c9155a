import { hasExpired } from '../metadata.ts';
import { recentBinary, recentLines } from '../recent-updates.ts';
import type { Compaction, CompactResult } from '../session-store.ts';
import { storedHead } from '../stored-head.ts';
import { fingerprintOf } from '../stored-value.ts';
import type { SessionRows } from './session-rows.ts';

/**
 * Replaces frames by the snapshot that they were folded into, inside the caller's write
 * transaction. Any difference from what was folded is `changed`. Damaged metadata is left to the
 * next append, except for the byte counts, which are counted again.
 */
export function compactSession(
  rows: SessionRows,
  compaction: Compaction,
  nowMs: number,
): CompactResult {
  const { sessionId, folded, snapshot } = compaction;
  const fields = rows.fields(sessionId);
  const isFound = fields.incarnation !== undefined && fields.incarnation === compaction.incarnation;
  if (!isFound || hasExpired(fields, nowMs) || folded.length === 0) return 'changed';

  const head = storedHead(snapshot.revision, snapshot.etag, snapshot.reception);
  const value = Buffer.concat([Buffer.from(head), snapshot.frame]);
  const existing = rows.value(sessionId, snapshot.name);
  if (existing !== undefined) {
    const isSame = fingerprintOf(existing) === fingerprintOf(value);
    const isDone = isSame && folded.every(({ name }) => rows.value(sessionId, name) === undefined);
    return isDone ? 'compacted' : 'changed';
  }
  for (const { name, value: read } of folded) {
    const found = rows.value(sessionId, name);
    if (found === undefined || fingerprintOf(found) !== fingerprintOf(read)) return 'changed';
  }

  for (const { name } of folded) rows.removeFrame(sessionId, name);
  rows.addFrame(sessionId, snapshot.name, value);
  const { recent, isRecentBinary } = compaction;
  rows.putRecent(sessionId, isRecentBinary ? recentBinary(recent) : recentLines(recent));
  rows.putBytes(sessionId);
  return 'compacted';
}
