// Everything that stands under a session's key, read. A lock, a tombstone or a frame in quarantine
// whose time has passed is not there, nor is one that cannot be read; the scripts judge alike.

import type { QuarantinedFrame, StoredKey } from '../session-store.ts';
import { byRevision, isFrameName, storedFrameFrom } from '../stored-value.ts';
import { instantFrom, storedSessionFrom } from './stored-session.ts';

const QUARANTINE_PREFIX = 'quarantine:';
const INSTANT_DIGITS = 15;
/** By so much a tombstone's instant is earlier at rest. */
const GRAIN_MS = 2;

/** What is in a session's hash at that moment of the store's clock. */
export function storedKeyFrom(nowMs: number, fields: Map<string, Buffer>): StoredKey {
  const quarantine = quarantineFrom(nowMs, fields);
  const session = storedSessionFrom(nowMs, fields);
  return {
    nowMs,
    session: session && { ...session, quarantined: quarantine.length },
    lockedUntilMs: lockedUntilFrom(nowMs, fields.get('lock')),
    tombstone: tombstoneFrom(nowMs, fields.get('tombstone')),
    quarantine,
  };
}

/** `<token> <deadline>`; see scripts/lock.lua. */
function lockedUntilFrom(nowMs: number, lock: Buffer | undefined): number | undefined {
  const deadlineMs = instantFrom(/^\S+ (\d+)$/.exec(String(lock))?.[1]);
  return deadlineMs !== undefined && deadlineMs > nowMs ? deadlineMs : undefined;
}

/** `<instant> <deadline> ...`; see scripts/erase.lua. */
function tombstoneFrom(nowMs: number, tombstone: Buffer | undefined): StoredKey['tombstone'] {
  const [, instant, deadline] = /^(\d+) (\d+) /.exec(String(tombstone)) ?? [];
  const [instantMs, expiresAtMs] = [instantFrom(instant), instantFrom(deadline)];
  const stands = instantMs !== undefined && expiresAtMs !== undefined && expiresAtMs > nowMs;
  return stands ? { instantMs: instantMs + GRAIN_MS, expiresAtMs } : undefined;
}

/** Two instants of 15 digits in front of the stored value; see scripts/quarantine.lua. */
function quarantineFrom(nowMs: number, fields: Map<string, Buffer>): QuarantinedFrame[] {
  const frames: QuarantinedFrame[] = [];
  for (const [field, value] of fields) {
    const name = field.slice(QUARANTINE_PREFIX.length);
    if (!field.startsWith(QUARANTINE_PREFIX) || !isFrameName(name)) continue;
    const quarantinedAtMs = instantFrom(value.toString('latin1', 0, INSTANT_DIGITS));
    const expiresAtMs = instantFrom(value.toString('latin1', INSTANT_DIGITS, 2 * INSTANT_DIGITS));
    if (quarantinedAtMs === undefined || expiresAtMs === undefined || expiresAtMs <= nowMs)
      continue;
    const frame = storedFrameFrom(name, value.subarray(2 * INSTANT_DIGITS));
    frames.push({ ...frame, quarantinedAtMs, expiresAtMs });
  }
  return frames.sort(byRevision);
}
