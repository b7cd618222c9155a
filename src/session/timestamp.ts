// Timestamps as callers write them: RFC 3339 with or without a zone, unix seconds, unix
// milliseconds.

/** An instant read from text. */
export type Instant = {
  /** Whole unix seconds. */
  seconds: bigint;
  /** Fraction of the second, 0 to 999 999 999. */
  nanos: number;
  /** Whether the text had digits below the second. */
  hasFraction: boolean;
};

// 100 000 000 000 is the year 5138 in seconds and March 1973 in milliseconds.
const FIRST_MILLISECONDS = 100_000_000_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** From 1 March of the year 0. */
const DAYS_TO_1970 = 719_468;

/** Lengths of the forms that most callers send: 2024-06-15T10:03:00Z, and with milliseconds. */
const UTC_LENGTH = 20;
const UTC_MS_LENGTH = 24;

const [DASH, DOT, ZERO, COLON] = [0x2d, 0x2e, 0x30, 0x3a];
const [UPPER_T, UPPER_Z] = [0x54, 0x5a];

const scratch = Buffer.alloc(3 * UTC_MS_LENGTH);

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;
const UNIX = /^(\d{1,15})(?:\.(\d+))?$/;

/** Reads a timestamp. Undefined if the text is not a timestamp, or is before 1970 or after 9999. */
export function parseTimestamp(text: string): Instant | undefined {
  const utc = parseUtc(text);
  if (utc) return utc;
  const unix = UNIX.exec(text);
  if (unix) return instantFromUnix(Number(unix[1]), unix[2]);
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  // Second 60 is a leap second; it counts as the first of the next minute.
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 60) return undefined;
  const offsetSeconds = zoneOffsetSeconds(match[9], match[10], match[11]);
  if (offsetSeconds === undefined) return undefined;
  return instantFrom(
    Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offsetSeconds,
    match[7],
  );
}

/** The same for the most frequent forms, in a fifth of the time; undefined for all others. */
function parseUtc(text: string): Instant | undefined {
  const { length } = text;
  if (length !== UTC_LENGTH && length !== UTC_MS_LENGTH) return undefined;
  // A text with other characters has more bytes than characters.
  const unixMs = scratch.write(text) === length ? utcMsIn(scratch, 0, length) : undefined;
  if (unixMs === undefined) return undefined;
  const milliseconds = unixMs % 1000;
  const seconds = BigInt((unixMs - milliseconds) / 1000);
  return { seconds, nanos: milliseconds * 1e6, hasFraction: length === UTC_MS_LENGTH };
}

/** The instant, in unix milliseconds, of a timestamp that is the bytes from `start` to `end`, if it
 * has one of the most frequent forms; else undefined. */
export function utcMsIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  const hasFraction = end - start === UTC_MS_LENGTH;
  const isInForm =
    (hasFraction || end - start === UTC_LENGTH) &&
    bytes[start + 4] === DASH &&
    bytes[start + 7] === DASH &&
    bytes[start + 10] === UPPER_T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON &&
    bytes[end - 1] === UPPER_Z &&
    (!hasFraction || bytes[start + 19] === DOT);
  if (!isInForm) return undefined;
  const year = digits(bytes, start, start + 4);
  const month = digits(bytes, start + 5, start + 7);
  const day = digits(bytes, start + 8, start + 10);
  const hour = digits(bytes, start + 11, start + 13);
  const minute = digits(bytes, start + 14, start + 16);
  const second = digits(bytes, start + 17, start + 19);
  const milliseconds = hasFraction ? digits(bytes, start + 20, start + 23) : 0;
  const isPossible = year >= 1970 && year <= 9999 && hour <= 23 && minute <= 59 && second <= 59;
  if (!isPossible || !isDay(year, month, day) || milliseconds === Number.POSITIVE_INFINITY)
    return undefined;
  const minutes = (daysSince1970(year, month, day) * 24 + hour) * 60 + minute;
  return (minutes * 60 + second) * 1000 + milliseconds;
}

/** Days from 1970-01-01 to a day of the Gregorian calendar, faster than Date.UTC. Years are counted
 * from March, so that a leap day is the last of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const isBeforeMarch = month < 3;
  const marchYear = isBeforeMarch ? year - 1 : year;
  const monthsSinceMarch = isBeforeMarch ? month + 9 : month - 3;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  // Five months of 31, 30, 31, 30 and 31 days have 153, again and again.
  const dayOfYear = Math.floor((153 * monthsSinceMarch + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

/** Digits as a number; infinite if a byte is no digit. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let place = start; place < end; place++) {
    const digit = (bytes[place] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.POSITIVE_INFINITY;
    value = value * 10 + digit;
  }
  return value;
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function instantFromUnix(number: number, fraction: string | undefined): Instant | undefined {
  if (number < FIRST_MILLISECONDS) return instantFrom(number, fraction);
  if (number >= YEAR_10000_MS) return undefined;
  const milliseconds = String(number % 1000).padStart(3, '0');
  return instantFrom(Math.floor(number / 1000), milliseconds + (fraction ?? ''));
}

function zoneOffsetSeconds(
  sign: string | undefined,
  hours = '0',
  minutes = '0',
): number | undefined {
  if (sign === undefined) return 0;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

function instantFrom(seconds: number, fraction: string | undefined): Instant | undefined {
  if (seconds < 0 || seconds * 1000 >= YEAR_10000_MS) return undefined;
  const nanos = fraction === undefined ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0'));
  return { seconds: BigInt(seconds), nanos, hasFraction: fraction !== undefined };
}
