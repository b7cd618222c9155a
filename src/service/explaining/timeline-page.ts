// Pages of a timeline. A page token names the last entry that was shown, by its place: so it does
// not matter if that entry has been merged into a snapshot since, or others have come.

import { hash } from 'node:crypto';
import { invalid } from '../../session/errors.ts';
import { bytesOfChange } from './entry-changes.ts';
import type { PlacedEntry } from './timeline-entries.ts';
import type { TimelineEntry } from './timeline-entry.ts';

const ENTRIES_DEFAULT = 50;
/** Bytes after which a page has no other entry. */
const PAGE_MAX_BYTES = 256 * 1024;
/** What an entry takes without its changes. */
const ENTRY_BYTES = 500;

/** One page of entries, which are given oldest first. Refuses (`invalid`) what is no token. */
export function pageOf(
  placed: readonly PlacedEntry[],
  {
    newestFirst,
    pageSize,
    pageToken,
    valueMaxBytes,
  }: { newestFirst: boolean; pageSize: number; pageToken: string; valueMaxBytes: number },
): { entries: TimelineEntry[]; nextPageToken: string } {
  const ordered = newestFirst ? placed.toReversed() : placed;
  const start = pageToken === '' ? 0 : startAfter(pageToken, ordered, newestFirst);
  const entries: TimelineEntry[] = [];
  let bytes = 0;
  let last: PlacedEntry | undefined;
  for (const one of ordered.slice(start, start + (pageSize || ENTRIES_DEFAULT))) {
    if (bytes > PAGE_MAX_BYTES) break;
    const entry = one.show(valueMaxBytes);
    bytes += ENTRY_BYTES + entry.changes.reduce((sum, change) => sum + bytesOfChange(change), 0);
    entries.push(entry);
    last = one;
  }
  const isLast = start + entries.length >= ordered.length;
  return { entries, nextPageToken: last === undefined || isLast ? '' : tokenOf(last) };
}

/** Where the entries after that of a token begin. */
function startAfter(token: string, ordered: readonly PlacedEntry[], newestFirst: boolean): number {
  const [, revision, spooled] = /^(\d{1,10})\.([01])\.[0-9a-f]{12}$/.exec(token) ?? [];
  if (revision === undefined)
    throw invalid('/pageToken', 'pageToken is none that an answer has given');
  const exact = ordered.findIndex((one) => tokenOf(one) === token);
  if (exact >= 0) return exact + 1;
  const shown = rankOf({ revision: Number(revision), isSpooled: spooled === '1' });
  const next = ordered.findIndex((one) =>
    newestFirst ? rankOf(one) < shown : rankOf(one) > shown,
  );
  return next < 0 ? ordered.length : next;
}

/** Spooled updates come after all others. */
function rankOf({ isSpooled, revision }: Pick<PlacedEntry, 'revision' | 'isSpooled'>): number {
  return isSpooled ? Number.POSITIVE_INFINITY : revision;
}

function tokenOf({ name, revision, isSpooled }: PlacedEntry): string {
  // A damaged name may be any text.
  return `${revision}.${isSpooled ? 1 : 0}.${hash('sha256', name).slice(0, 12)}`;
}
