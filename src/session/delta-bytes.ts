// A delta as the bytes of its protobuf message, without generated code: each update is written
// once, and generated code took as long for that as everything else that a session does with it.
//
// The bytes are the ones that generated code writes. Only for states that were created here: fields
// of a later version, which a state that was read may have, are not written.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  Entry,
  HistoryStep,
  SessionState,
  Stamp,
  Update,
} from '../gen/cognigy/session/v1/session_state_pb.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** Room for a tag and a number or a length. */
const HEAD_MAX_BYTES = 11;
/** A length up to this takes one byte. */
const SHORT_MAX_BYTES = 0x7f;
const UTF8_BYTES_PER_UNIT = 3;
const SCRATCH_BYTES = 16 * 1024;
/** A larger scratch is not kept. */
const KEPT_SCRATCH_MAX_BYTES = 1024 * 1024;

/** Where messages are written before they are copied out; used by one call at a time. */
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
let at = 0;

/** Calls back with the bytes of a delta, which are valid until it returns. */
export function withDeltaBytes<T>(delta: SessionState, use: (bytes: Buffer) => T): T {
  at = 0;
  number(1, delta.format);
  text(5, delta.sessionId);
  for (const each of delta.updates) message(6, writeUpdate, each);
  for (const step of delta.history) message(7, writeStep, step);
  const result = use(scratch.subarray(0, at));
  if (scratch.length > KEPT_SCRATCH_MAX_BYTES) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return result;
}

function writeUpdate(update: Update): void {
  if (update.stamp) message(1, writeStamp, update.stamp);
  text(2, update.timestamp);
  text(3, update.userId);
  text(4, update.flowId);
  for (const entry of update.variables) message(5, writeEntry, entry);
  for (const entry of update.context) message(6, writeEntry, entry);
  for (const key of update.removedVariables) item(7, key);
  for (const key of update.removedContext) item(8, key);
  if (update.contentTag.length > 0) {
    head(9, LENGTH_DELIMITED);
    varint(update.contentTag.length);
    reserve(update.contentTag.length);
    scratch.set(update.contentTag, at);
    at += update.contentTag.length;
  }
  number(10, Number(update.replacesVariables));
  number(11, Number(update.replacesContext));
}

function writeStamp({ event, sequence, received, updateId }: Stamp): void {
  if (event) message(1, writeTimestamp, event);
  number(2, sequence);
  if (received) message(3, writeTimestamp, received);
  text(4, updateId);
}

function writeTimestamp({ seconds, nanos }: Timestamp): void {
  number(1, seconds);
  number(2, nanos);
}

function writeEntry({ key, json }: Entry): void {
  text(1, key);
  text(2, json);
}

function writeStep({ nodeId, timestamp, position, receivedAfterMs }: HistoryStep): void {
  text(1, nodeId);
  text(2, timestamp);
  number(3, position);
  if (receivedAfterMs === undefined) return;
  head(4, VARINT);
  varint(BigInt.asUintN(64, (receivedAfterMs << 1n) ^ (receivedAfterMs >> 63n)));
}

/** A field that is left out if it has the value that it has anyway. */
function text(field: number, value: string): void {
  if (value !== '') item(field, value);
}

function number(field: number, value: number | bigint): void {
  if (Number(value) === 0) return;
  head(field, VARINT);
  varint(typeof value === 'bigint' ? BigInt.asUintN(64, value) : value);
}

function item(field: number, value: string): void {
  head(field, LENGTH_DELIMITED);
  // Most text is ASCII: then its length in bytes is known before it is written.
  const start = at + lengthBytes(value.length);
  reserve(HEAD_MAX_BYTES + value.length * UTF8_BYTES_PER_UNIT);
  writeBehindLength(start, scratch.write(value, start));
}

/** Writes the length of bytes that lie from `start` on; moves them if it takes more room than was
 * left for it. There must be room behind them. */
function writeBehindLength(start: number, bytes: number): void {
  const more = at + lengthBytes(bytes) - start;
  if (more > 0) scratch.copyWithin(start + more, start, start + bytes);
  varint(bytes);
  at += bytes;
}

function message<T>(field: number, write: (value: T) => void, value: T): void {
  head(field, LENGTH_DELIMITED);
  // One byte is enough for the length of most.
  const lengthAt = at;
  const start = at + 1;
  at = start;
  write(value);
  const bytes = at - start;
  reserve(HEAD_MAX_BYTES);
  at = lengthAt;
  writeBehindLength(start, bytes);
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let most = SHORT_MAX_BYTES; length > most; most = most * 0x80 + SHORT_MAX_BYTES) bytes += 1;
  return bytes;
}

function head(field: number, wireType: number): void {
  reserve(HEAD_MAX_BYTES);
  // No field has a number above 15.
  scratch[at] = (field << 3) | wireType;
  at += 1;
}

/** `value` is not negative. */
function varint(value: number | bigint): void {
  if (typeof value === 'bigint' && value > Number.MAX_SAFE_INTEGER) {
    largeVarint(value);
    return;
  }
  let rest = Number(value);
  while (rest > SHORT_MAX_BYTES) {
    scratch[at] = (rest % 0x80) | 0x80;
    at += 1;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at] = rest;
  at += 1;
}

function largeVarint(value: bigint): void {
  let rest = value;
  while (rest > 0x7fn) {
    scratch[at] = Number(rest & 0x7fn) | 0x80;
    at += 1;
    rest >>= 7n;
  }
  scratch[at] = Number(rest);
  at += 1;
}

/** Makes room for so many bytes more. */
function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * scratch.length, at + bytes));
  larger.set(scratch.subarray(0, at));
  scratch = larger;
}
