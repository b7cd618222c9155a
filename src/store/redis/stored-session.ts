// Reads a session's hash: which of its fields are frames, and the values of the others.

import { hasExpired, type Metadata, metadataFrom } from '../metadata.ts';
import type { StoredFrame, StoredSession } from '../session-store.ts';
import { countFrom, instantFrom } from '../stored-number.ts';
import { isFrameName, isFrameValue, storedFrameFrom } from '../stored-value.ts';
import { understoodSession } from '../understood-session.ts';
import type { StoredFields } from './stored-fields.ts';

export const QUARANTINE_PREFIX = 'quarantine:';

/** How many digits an instant has in front of a frame in quarantine. */
const INSTANT_DIGITS = 15;

/** The fields that are read as the metadata of a session. */
export const METADATA_FIELDS = [
  ...(['revision', 'incarnation', 'chain', 'created_at', 'expires_at', 'flow'] as const),
  'seal',
] as const;

/** The fields that are not frames, except for those in quarantine. scripts/parts/frames.lua has the
 * same list. */
const FIELDS: ReadonlySet<string> = new Set([
  ...METADATA_FIELDS,
  ...['snapshot_bytes', 'delta_bytes', 'recent', 'lock', 'lock_seal', 'tombstone'],
  ...['tombstone_seal', 'erased', 'erased_seal', 'fence', 'last_event', 'noted'],
]);

/** The session in a hash; undefined if it has expired, or if the hash holds none. */
export function storedSessionFrom(
  nowMs: number,
  fields: StoredFields,
  quarantined: number,
): StoredSession | undefined {
  const text = (name: string) => fields.text(name) ?? '';
  const metadata = metadataIn((name) => fields.text(name));
  if (hasExpired(metadata, nowMs)) return undefined;
  const frames = framesFrom(fields);
  if (frames.length === 0 && fields.text('created_at') === undefined) return undefined;
  const counts = {
    snapshotBytes: countFrom(text('snapshot_bytes')),
    deltaBytes: countFrom(text('delta_bytes')),
  };
  const notes = { lastEvent: text('last_event'), noted: text('noted') };
  const recent = fields.others.get('recent') ?? '';
  return understoodSession({ metadata, counts, recent, notes, frames, quarantined }, nowMs);
}

/** The metadata in a hash whose fields `field` reads. */
export function metadataIn(field: (name: string) => string | undefined): Metadata {
  const text = (name: string) => field(name) ?? '';
  const texts = {
    ...{ revision: text('revision'), incarnation: text('incarnation'), chain: text('chain') },
    ...{ created_at: text('created_at'), expires_at: text('expires_at'), flow: text('flow') },
  };
  return metadataFrom(texts, field('seal'));
}

/** A frame in quarantine: two instants, and the stored value; see scripts/quarantine.lua. */
export function parkedIn(value: Buffer) {
  const instantAt = (start: number) =>
    instantFrom(value.toString('latin1', start, start + INSTANT_DIGITS));
  return {
    quarantinedAtMs: instantAt(0),
    expiresAtMs: instantAt(INSTANT_DIGITS),
    value: value.subarray(2 * INSTANT_DIGITS),
  };
}

/** The names of the fields that this version does not know. */
export function unknownFields({ others }: StoredFields): string[] {
  return [...others].flatMap(([name, value]) => {
    const isParked = name.startsWith(QUARANTINE_PREFIX);
    return FIELDS.has(name) || isParked || isFrame(name, value) ? [] : [name];
  });
}

/** The frames, in no order. A frame whose name was damaged still counts. */
function framesFrom({ others }: StoredFields): StoredFrame[] {
  const frames: StoredFrame[] = [];
  others.forEach((value, name) => {
    if (isFrame(name, value)) frames.push(storedFrameFrom(name, value));
  });
  return frames;
}

function isFrame(name: string, value: Buffer): boolean {
  if (isFrameName(name)) return true;
  return !FIELDS.has(name) && !name.startsWith(QUARANTINE_PREFIX) && isFrameValue(value);
}
