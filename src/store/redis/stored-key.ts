// Reads everything that a session's key holds. A lock, a tombstone or a frame in quarantine that has
// expired or cannot be read is ignored, as in the scripts.

import { isSealOfLines, readSealed } from '../seal.ts';
import type { QuarantinedFrame, StoredKey, StoredSession } from '../session-store.ts';
import { lockFrom } from '../stored-lock.ts';
import { instantFrom } from '../stored-number.ts';
import { byRevision, isFrameName, storedFrameFrom } from '../stored-value.ts';
import type { StoredFields } from './stored-fields.ts';
import { parkedIn, QUARANTINE_PREFIX, storedSessionFrom, unknownFields } from './stored-session.ts';

/** How much earlier the stored instant of a tombstone is. */
const GRAIN_MS = 2;
/** The clocks of two masters differ by less: an instant further ahead is damage. */
const CLOCKS_DIFFER_MS = 60_000;

const OTHER_FIELDS = ['lock', 'tombstone', 'erased', 'fence', 'quarantine'] as const;

/** The session in a hash at that moment of the store's clock, if there is one: what reading the
 * whole key gives, in a third of the time. */
export function sessionIn(nowMs: number, fields: StoredFields): StoredSession | undefined {
  return storedSessionFrom(nowMs, fields, quarantineFrom(nowMs, fields).quarantine.length);
}

/** What is in a session's hash at that moment of the store's clock. */
export function storedKeyFrom(nowMs: number, fields: StoredFields): StoredKey {
  const { quarantine, isDamaged: isQuarantineDamaged } = quarantineFrom(nowMs, fields);
  const session = storedSessionFrom(nowMs, fields, quarantine.length);
  const lock = lockFrom(fields.text('lock'), fields.text('lock_seal'), nowMs);
  const tombstone = tombstoneFrom(nowMs, fields);
  const isDamaged = {
    lock: lock.isDamaged,
    tombstone: tombstone.isDamaged,
    erased: !isSealOfLines(
      fields.text('erased_seal'),
      fields.others.get('erased') ?? Buffer.alloc(0),
    ),
    fence: !isFence(fields.text('fence') ?? '0', nowMs),
    quarantine: isQuarantineDamaged,
  };
  const lockedUntilMs = lock.lock?.deadlineMs ?? 0;
  return {
    nowMs,
    session,
    lockedUntilMs: lockedUntilMs > nowMs ? lockedUntilMs : undefined,
    tombstone: tombstone.valid,
    quarantine,
    damage: OTHER_FIELDS.filter((field) => isDamaged[field]),
    unknownFields: unknownFields(fields),
  };
}

/** Whether it is an instant in the past, in unix microseconds. */
function isFence(text: string, nowMs: number): boolean {
  return /^\d+$/.test(text) && Number(text) <= (nowMs + CLOCKS_DIFFER_MS) * 1000;
}

/** `<instant> <deadline> ...`; see scripts/erase.lua. */
function tombstoneFrom(nowMs: number, fields: StoredFields) {
  const text = fields.text('tombstone');
  const { valid, isSame } = readSealed(text, fields.text('tombstone_seal'));
  const [, instant, deadline] = /^(\d+) (\d+) /.exec(valid) ?? [];
  const [instantMs, expiresAtMs] = [instantFrom(instant), instantFrom(deadline)];
  const isRead = instantMs !== undefined && expiresAtMs !== undefined;
  const isValid = isRead && expiresAtMs > nowMs;
  return {
    valid: isValid ? { instantMs: instantMs + GRAIN_MS, expiresAtMs } : undefined,
    isDamaged: !isSame || (text !== undefined && !isRead),
  };
}

function quarantineFrom(nowMs: number, fields: StoredFields) {
  const quarantine: QuarantinedFrame[] = [];
  let isDamaged = false;
  for (const [field, parked] of fields.others) {
    if (!field.startsWith(QUARANTINE_PREFIX)) continue;
    const name = field.slice(QUARANTINE_PREFIX.length);
    const { quarantinedAtMs, expiresAtMs, value } = parkedIn(parked);
    if (!isFrameName(name) || quarantinedAtMs === undefined || expiresAtMs === undefined) {
      isDamaged = true;
      continue;
    }
    isDamaged ||= quarantinedAtMs > nowMs + CLOCKS_DIFFER_MS || expiresAtMs <= quarantinedAtMs;
    if (expiresAtMs <= nowMs) continue;
    const frame = storedFrameFrom(name, value);
    quarantine.push({ ...frame, quarantinedAtMs, expiresAtMs });
  }
  return { quarantine: quarantine.sort(byRevision), isDamaged };
}
