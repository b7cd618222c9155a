// Reads a session's hash: which of its fields are frames, and the values of the others.

import { hasExpired, metadataFrom } from '../metadata.ts';
import type { StoredFrame, StoredSession } from '../session-store.ts';
import { countFrom } from '../stored-number.ts';
import { isFrameName, isFrameValue, storedFrameFrom } from '../stored-value.ts';
import { understoodSession } from '../understood-session.ts';

export const QUARANTINE_PREFIX = 'quarantine:';

/** The fields that are not frames, except for those in quarantine. scripts/parts/frames.lua has the
 * same list. */
const FIELDS: ReadonlySet<string> = new Set([
  ...['revision', 'incarnation', 'chain', 'created_at', 'expires_at', 'flow', 'seal'],
  ...['snapshot_bytes', 'delta_bytes', 'recent', 'lock', 'lock_seal', 'tombstone'],
  ...['tombstone_seal', 'erased', 'erased_seal', 'fence', 'last_event', 'noted'],
]);

/** The session in a hash; undefined if it has expired, or if the hash holds none. */
export function storedSessionFrom(
  nowMs: number,
  fields: Map<string, Buffer>,
  quarantined: number,
): StoredSession | undefined {
  const text = (name: string) => fields.get(name)?.toString() ?? '';
  const texts = {
    ...{ revision: text('revision'), incarnation: text('incarnation'), chain: text('chain') },
    ...{ created_at: text('created_at'), expires_at: text('expires_at'), flow: text('flow') },
  };
  const metadata = metadataFrom(texts, fields.get('seal')?.toString());
  if (hasExpired(metadata, nowMs)) return undefined;
  const frames = framesFrom(fields);
  if (frames.length === 0 && !fields.has('created_at')) return undefined;
  const counts = {
    snapshotBytes: countFrom(text('snapshot_bytes')),
    deltaBytes: countFrom(text('delta_bytes')),
  };
  const notes = { lastEvent: text('last_event'), noted: text('noted') };
  const recent = fields.get('recent') ?? '';
  return understoodSession({ metadata, counts, recent, notes, frames, quarantined }, nowMs);
}

/** The names of the fields that this version does not know. */
export function unknownFields(fields: Map<string, Buffer>): string[] {
  return [...fields].flatMap(([name, value]) => {
    const isParked = name.startsWith(QUARANTINE_PREFIX);
    return FIELDS.has(name) || isParked || isFrame(name, value) ? [] : [name];
  });
}

/** The frames, in no order. A frame whose name was damaged still counts. */
function framesFrom(fields: Map<string, Buffer>): StoredFrame[] {
  const frames: StoredFrame[] = [];
  fields.forEach((value, name) => {
    if (isFrame(name, value)) frames.push(storedFrameFrom(name, value));
  });
  return frames;
}

function isFrame(name: string, value: Buffer): boolean {
  if (isFrameName(name)) return true;
  return !FIELDS.has(name) && !name.startsWith(QUARANTINE_PREFIX) && isFrameValue(value);
}
