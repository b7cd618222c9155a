// Reading a SessionState from its bytes. Generated code takes a third of a restore for that: it
// makes a text of each value, and the answer needs bytes again. This reader leaves the values where
// they are (stored-entry.ts).
//
// It reads what this service writes: known fields of the expected types, each message once, numbers
// that are exact. Everything else, unknown fields and damaged messages among them, is left to
// generated code, so the result is always the same.

import { fromBinary } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  type Codec,
  type Entry,
  type HistoryStep,
  type SessionState,
  SessionStateSchema,
  type Stamp,
  type Update,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { emptyState, emptyUpdate } from './empty-messages.ts';
import { Cursor, UNUSUAL } from './protobuf-cursor.ts';
import { StoredEntry } from './stored-entry.ts';
import { type Part, StoredStep } from './stored-step.ts';

const { Varint: VARINT, LengthDelimited: LENGTH_DELIMITED } = WireType;
const INT32_MAX = 0x7fff_ffff;
const UINT32_MAX = 0xffff_ffff;

const NOWHERE: Part = { start: 0, end: 0 };

/** Reads a SessionState; throws where generated code does. The bytes must not change as long as the
 * state is used. */
export function readState(payload: Uint8Array): SessionState {
  try {
    return new Reader(payload).state();
  } catch {
    return fromBinary(SessionStateSchema, payload);
  }
}

class Reader {
  readonly #from: Cursor;

  constructor(bytes: Uint8Array) {
    this.#from = new Cursor(bytes);
  }

  state(): SessionState {
    const state = emptyState();
    const end = this.#from.bytes.length;
    while (this.#from.at < end) {
      switch (this.#from.byte()) {
        case tag(1, VARINT):
          state.format = this.#from.number(UINT32_MAX);
          break;
        case tag(2, VARINT):
          state.codec = this.#from.number(INT32_MAX) as Codec;
          break;
        case tag(3, LENGTH_DELIMITED):
          state.keyId = this.#from.text(end);
          break;
        case tag(4, LENGTH_DELIMITED):
          state.sealed = this.#from.view(end);
          break;
        case tag(5, LENGTH_DELIMITED):
          state.sessionId = this.#from.text(end);
          break;
        case tag(6, LENGTH_DELIMITED):
          state.updates.push(this.#update(this.#from.end(end)));
          break;
        case tag(7, LENGTH_DELIMITED):
          state.history.push(this.#step(this.#from.end(end)));
          break;
        case tag(8, LENGTH_DELIMITED):
          state.lastReceived = this.#time(this.#from.end(end), state.lastReceived);
          break;
        default:
          throw UNUSUAL;
      }
    }
    this.#from.finish(end);
    return state;
  }

  #update(end: number): Update {
    const update = emptyUpdate();
    while (this.#from.at < end) {
      switch (this.#from.byte()) {
        case tag(1, LENGTH_DELIMITED):
          update.stamp = this.#stamp(this.#from.end(end), update.stamp);
          break;
        case tag(2, LENGTH_DELIMITED):
          update.timestamp = this.#from.text(end);
          break;
        case tag(3, LENGTH_DELIMITED):
          update.userId = this.#from.text(end);
          break;
        case tag(4, LENGTH_DELIMITED):
          update.flowId = this.#from.text(end);
          break;
        case tag(5, LENGTH_DELIMITED):
          update.variables.push(this.#entry(this.#from.end(end)));
          break;
        case tag(6, LENGTH_DELIMITED):
          update.context.push(this.#entry(this.#from.end(end)));
          break;
        case tag(7, LENGTH_DELIMITED):
          update.removedVariables.push(this.#from.text(end));
          break;
        case tag(8, LENGTH_DELIMITED):
          update.removedContext.push(this.#from.text(end));
          break;
        case tag(9, LENGTH_DELIMITED):
          update.contentTag = this.#from.view(end);
          break;
        case tag(10, VARINT):
          update.replacesVariables = this.#from.number(1) === 1;
          break;
        case tag(11, VARINT):
          update.replacesContext = this.#from.number(1) === 1;
          break;
        default:
          throw UNUSUAL;
      }
    }
    this.#from.finish(end);
    return update;
  }

  #stamp(end: number, known: Stamp | undefined): Stamp {
    if (known) throw UNUSUAL;
    const stamp: Stamp = { $typeName: 'cognigy.session.v1.Stamp', sequence: 0n, updateId: '' };
    while (this.#from.at < end) {
      switch (this.#from.byte()) {
        case tag(1, LENGTH_DELIMITED):
          stamp.event = this.#time(this.#from.end(end), stamp.event);
          break;
        case tag(2, VARINT):
          stamp.sequence = BigInt(this.#from.number());
          break;
        case tag(3, LENGTH_DELIMITED):
          stamp.received = this.#time(this.#from.end(end), stamp.received);
          break;
        case tag(4, LENGTH_DELIMITED):
          stamp.updateId = this.#from.text(end);
          break;
        default:
          throw UNUSUAL;
      }
    }
    this.#from.finish(end);
    return stamp;
  }

  #time(end: number, known: Timestamp | undefined): Timestamp {
    if (known) throw UNUSUAL;
    const time: Timestamp = { $typeName: 'google.protobuf.Timestamp', seconds: 0n, nanos: 0 };
    while (this.#from.at < end) {
      switch (this.#from.byte()) {
        case tag(1, VARINT):
          time.seconds = BigInt(this.#from.number());
          break;
        case tag(2, VARINT):
          time.nanos = this.#from.number(INT32_MAX);
          break;
        default:
          throw UNUSUAL;
      }
    }
    this.#from.finish(end);
    return time;
  }

  /** As it is written: the key if it is not empty, then the value. */
  #entry(end: number): Entry {
    let key = '';
    if (this.#from.at < end && this.#from.bytes[this.#from.at] === tag(1, LENGTH_DELIMITED)) {
      this.#from.at += 1;
      key = this.#from.text(end);
    }
    if (this.#from.at === end) return new StoredEntry(key, this.#from.bytes, end, end);
    if (this.#from.byte() !== tag(2, LENGTH_DELIMITED) || this.#from.end(end) !== end)
      throw UNUSUAL;
    const start = this.#from.at;
    if (!this.#from.isUtf8(start, end)) throw UNUSUAL;
    this.#from.at = end;
    return new StoredEntry(key, this.#from.bytes, start, end);
  }

  #step(end: number): HistoryStep {
    const message = { start: this.#from.at, end };
    let nodeId = NOWHERE;
    let timestamp = NOWHERE;
    let position = 0;
    let receivedAfterMs: number | undefined;
    while (this.#from.at < end) {
      switch (this.#from.byte()) {
        case tag(1, LENGTH_DELIMITED):
          nodeId = this.#part(end, nodeId);
          break;
        case tag(2, LENGTH_DELIMITED):
          timestamp = this.#part(end, timestamp);
          break;
        case tag(3, VARINT):
          position = this.#from.number(UINT32_MAX);
          break;
        case tag(4, VARINT): {
          const zigzag = this.#from.number();
          receivedAfterMs = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
          break;
        }
        default:
          throw UNUSUAL;
      }
    }
    this.#from.finish(end);
    const times = { position, receivedAfterMs };
    if (this.#from.isPlain(nodeId) && this.#from.isPlain(timestamp))
      return new StoredStep(this.#from.bytes, { message, nodeId, timestamp }, times);
    const step: HistoryStep = {
      $typeName: 'cognigy.session.v1.HistoryStep',
      nodeId: this.#from.textIn(nodeId),
      timestamp: this.#from.textIn(timestamp),
      position,
    };
    if (receivedAfterMs !== undefined) step.receivedAfterMs = BigInt(receivedAfterMs);
    return step;
  }

  /** A part of a message, which has it once. */
  #part(end: number, known: Part): Part {
    if (known !== NOWHERE) throw UNUSUAL;
    const partEnd = this.#from.end(end);
    const start = this.#from.at;
    this.#from.at = partEnd;
    return { start, end: partEnd };
  }
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
