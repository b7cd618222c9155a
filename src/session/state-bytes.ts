// A state as the bytes of its protobuf message, without generated code: an update is written once,
// and generated code took as long for that as everything else that a session does with it. Values
// that were read from a frame are copied.
//
// The bytes are the ones that generated code writes. States with a field of a later version are
// left to it.

import { toBinary } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  type Entry,
  type HistoryStep,
  type SessionState,
  SessionStateSchema,
  type Stamp,
  type Update,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { StoredEntry } from './stored-entry.ts';
import { StoredStep } from './stored-step.ts';

const { Varint: VARINT, LengthDelimited: LENGTH_DELIMITED } = WireType;
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

let hasUnknown = false;

/** Calls back with the bytes of a state, which are valid until it returns. */
export function withStateBytes<T>(state: SessionState, use: (bytes: Uint8Array) => T): T {
  at = 0;
  hasUnknown = state.$unknown !== undefined;
  number(1, state.format);
  number(2, state.codec);
  text(3, state.keyId);
  bytesField(4, state.sealed);
  text(5, state.sessionId);
  for (const each of state.updates) message(6, writeUpdate, each);
  for (const step of state.history) message(7, writeStep, step);
  if (state.lastReceived) message(8, writeTimestamp, state.lastReceived);
  const written = hasUnknown ? toBinary(SessionStateSchema, state) : scratch.subarray(0, at);
  const result = use(written);
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
  bytesField(9, update.contentTag);
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

function writeEntry(entry: Entry): void {
  text(1, entry.key);
  if (!(entry instanceof StoredEntry)) {
    text(2, entry.json);
  } else if (entry.jsonBytes > 0) {
    head(2, LENGTH_DELIMITED);
    varint(entry.jsonBytes);
    reserve(entry.jsonBytes);
    entry.copyJson(scratch, at);
    at += entry.jsonBytes;
  }
}

function writeStep(step: HistoryStep): void {
  if (step instanceof StoredStep) {
    const { start, end } = step.parts.message;
    reserve(end - start);
    step.source.copy(scratch, at, start, end);
    at += end - start;
    return;
  }
  const { nodeId, timestamp, position, receivedAfterMs } = step;
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
  varint(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
}

function bytesField(field: number, value: Uint8Array): void {
  if (value.length === 0) return;
  head(field, LENGTH_DELIMITED);
  varint(value.length);
  reserve(value.length);
  scratch.set(value, at);
  at += value.length;
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

function message<T extends { $unknown?: unknown }>(
  field: number,
  write: (value: T) => void,
  value: T,
): void {
  if (value.$unknown !== undefined) hasUnknown = true;
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
