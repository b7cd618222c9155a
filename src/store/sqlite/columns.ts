// What a column holds, damaged or not. A value of the wrong type is damage: it is read as undefined
// or empty, so that the caller must decide what to do without it. Numbers are read as big integers,
// since reading a damaged one beyond 2^53 would throw otherwise.

import type { SQLOutputValue } from 'node:sqlite';
import { INSTANT_END_MS, isInstantMs } from '../stored-number.ts';

type Column = SQLOutputValue | undefined;

/** SQL: whether a row that belongs to a session has not expired; its parameter is now, in unix
 * ms. Texts and blobs are greater than every number here, so a row whose expiry cannot be read has
 * expired. */
export const NOT_EXPIRED = `expires_at > ? AND expires_at < ${INSTANT_END_MS}`;

/** A whole number from 0 on that `isPossible`; else undefined. */
export function countFrom(value: Column, isPossible = Number.isSafeInteger): number | undefined {
  const isCount = typeof value === 'bigint' && value >= 0n && isPossible(Number(value));
  return isCount ? Number(value) : undefined;
}

/** An instant in unix ms; else undefined. */
export function instantFrom(value: Column): number | undefined {
  return countFrom(value, isInstantMs);
}

/** A number or a text, as text; else an empty one. */
export function anyTextFrom(value: Column): string {
  return typeof value === 'bigint' ? String(value) : textFrom(value);
}

/** A text; else an empty one. */
export function textFrom(value: Column): string {
  return typeof value === 'string' ? value : '';
}

/** The bytes of a blob; else none. */
export function bufferFrom(value: Column): Buffer {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.alloc(0);
}
