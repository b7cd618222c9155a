// Whether something that is due has ended, from what its session's key says now. A key that is gone
// held nothing that lives, so a missing field means that it has expired, or was erased: which of the
// two, the tombstone says, which is kept for a day.

import { hasExpired } from '../../metadata.ts';
import { readSealed } from '../../seal.ts';
import { instantFrom } from '../../stored-number.ts';
import { METADATA_FIELDS, metadataIn, parkedIn, QUARANTINE_PREFIX } from '../stored-session.ts';
import type { DueEnd } from './due-ends.ts';

/** `ended`: to be reported. `gone`: it was erased, or is in a set already under another name. */
export type EndFound =
  | { status: 'ended' | 'gone' }
  | { status: 'later'; atMs: number }
  /** The session is live under another incarnation, since its metadata was repaired. */
  | { status: 'renamed'; incarnation: string; atMs: number };

/** An end that is due, and when it was to come. */
export type EndToFind = DueEnd & { dueAtMs: number };

/** An update may arrive so long before it begins a new life of its session. */
const RECEIVED_BEFORE_MS = 5000;
/** When to look again at what is damaged. */
const DAMAGED_AGAIN_MS = 600_000;

const SESSION_FIELDS = [...METADATA_FIELDS, 'tombstone', 'tombstone_seal'];

/** The fields that decide about an end. */
export function fieldsOf({ kind, detail }: DueEnd): string[] {
  return kind === 'quarantine'
    ? [...SESSION_FIELDS, `${QUARANTINE_PREFIX}${detail}`]
    : SESSION_FIELDS;
}

/** What became of it, by its session's fields and the clock of their server. */
export function endFound(
  end: EndToFind,
  nowMs: number,
  fields: ReadonlyMap<string, Buffer>,
): EndFound {
  const tombstone = tombstoneIn(fields, nowMs);
  switch (end.kind) {
    case 'tombstone':
      return tombstone ? { status: 'later', atMs: tombstone.expiresAtMs } : { status: 'ended' };
    case 'quarantine': {
      const value = fields.get(`${QUARANTINE_PREFIX}${end.detail}`);
      const atMs = (value && parkedIn(value).expiresAtMs) ?? 0;
      if (atMs > nowMs) return { status: 'later', atMs };
      return { status: value === undefined && tombstone?.quarantined ? 'gone' : 'ended' };
    }
    case 'session':
      return sessionEnd(end, { nowMs, tombstone, fields });
  }
}

function sessionEnd(
  { detail, dueAtMs }: EndToFind,
  found: {
    nowMs: number;
    tombstone: Tombstone | undefined;
    fields: ReadonlyMap<string, Buffer>;
  },
): EndFound {
  const { nowMs, tombstone, fields } = found;
  const metadata = metadataIn((name) => fields.get(name)?.toString());
  const { incarnation, createdAtMs, expiresAtMs } = metadata;
  if (fields.has('created_at') && !hasExpired(metadata, nowMs)) {
    const atMs = expiresAtMs ?? nowMs + DAMAGED_AGAIN_MS;
    if (incarnation === undefined || incarnation === detail) return { status: 'later', atMs };
    // Another life began after the end of this one; a repair keeps the beginning.
    const isRepaired = createdAtMs === undefined || createdAtMs < dueAtMs - RECEIVED_BEFORE_MS;
    return isRepaired ? { status: 'renamed', incarnation, atMs } : { status: 'ended' };
  }
  const isErased = tombstone && (tombstone.revision > 0 || tombstone.instantMs < dueAtMs);
  return { status: isErased ? 'gone' : 'ended' };
}

type Tombstone = {
  instantMs: number;
  expiresAtMs: number;
  /** Of the session that the erase removed, 0 if there was none. */
  revision: number;
  /** How many frames it removed from quarantine. */
  quarantined: number;
};

/** `<instant> <deadline> <erase id> <revision> <frames> <quarantined> <locked>`; see
 * scripts/erase.lua. */
function tombstoneIn(fields: ReadonlyMap<string, Buffer>, nowMs: number): Tombstone | undefined {
  const text = (name: string) => fields.get(name)?.toString();
  const { valid } = readSealed(text('tombstone'), text('tombstone_seal'));
  const found = /^(\d+) (\d+) \S+ (\d+) \d+ (\d+) [01]$/.exec(valid) ?? [];
  const [instantMs, expiresAtMs] = [instantFrom(found[1]), instantFrom(found[2])];
  if (instantMs === undefined || expiresAtMs === undefined || expiresAtMs <= nowMs)
    return undefined;
  return { instantMs, expiresAtMs, revision: Number(found[3]), quarantined: Number(found[4]) };
}
