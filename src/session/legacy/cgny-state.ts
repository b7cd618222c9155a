// The binary layout (Spring Boot), all numbers big-endian:
//
//   | length              | payload         | SHA-256 of the payload |
//   | int32               | `length` bytes  | 32 bytes               |
//
// The payload: magic CGNY · int32 version 1 · UTF session id · int64 unix milliseconds · int32
// count, then (UTF key, UTF value) of each context entry · int32 count, then (UTF node id, UTF
// timestamp) of each history step. UTF is a uint16 number of bytes, then modified UTF-8. All values
// are texts.
//
// The magic has two forms: the description writes four bare bytes and reads a UTF text, so there
// are services that write one form, and services that write the other.

import { hash } from 'node:crypto';
import type { KeyValue } from '../json/value.ts';
import type { LegacyState, ReadLegacyState } from './legacy-state.ts';
import { textFromModifiedUtf8 } from './modified-utf8.ts';

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
const MAGIC = Buffer.from('CGNY');
const UTF_MAGIC = Buffer.from('\0\x04CGNY');
const VERSION = 1;
/** Two UTF texts, both empty. */
const PAIR_MIN_BYTES = 4;
/** The year 10000, in unix milliseconds. */
const TIME_MAX_MS = 253_402_300_800_000n;

/** Reads the value found under a session's key. Never throws: damage is a result. */
export function readCgnyState(stored: Uint8Array, sessionId: string): ReadLegacyState {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const payloadBytes = bytes.length - LENGTH_BYTES - DIGEST_BYTES;
  if (payloadBytes < 0 || bytes.readInt32BE() !== payloadBytes) return { damage: 'bad_length' };
  const payload = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + payloadBytes);
  if (!hash('sha256', payload, 'buffer').equals(bytes.subarray(LENGTH_BYTES + payloadBytes)))
    return { damage: 'bad_digest' };
  try {
    const state = stateFrom(new PayloadCursor(payload));
    return state.sessionId === sessionId ? { state } : { damage: 'wrong_session' };
  } catch (error) {
    if (error instanceof BadLayout) return { damage: 'bad_layout' };
    throw error;
  }
}

class BadLayout extends Error {}

function stateFrom(cursor: PayloadCursor): LegacyState {
  cursor.skipMagic();
  if (cursor.int32() !== VERSION) throw new BadLayout();
  const sessionId = cursor.utf();
  const timestamp = timestampFrom(cursor.int64());
  const context = new Map(cursor.pairs());
  const history = cursor.pairs().map(([nodeId, time]) => ({ nodeId, timestamp: time }));
  const entries = [...context].map(
    ([key, text]): KeyValue => ({ key, json: JSON.stringify(text) }),
  );
  return { sessionId, userId: '', flowId: '', variables: [], context: entries, history, timestamp };
}

/** In the form that Java gives an instant; empty if no timestamp may have that value. */
function timestampFrom(unixMs: bigint): string {
  if (unixMs < 0n || unixMs >= TIME_MAX_MS) return '';
  return new Date(Number(unixMs)).toISOString().replace('.000Z', 'Z');
}

/** Reads a payload part by part. Every method throws BadLayout where the bytes end too early, or
 * are not what is expected. */
class PayloadCursor {
  readonly #payload: Buffer;
  #place = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  skipMagic(): void {
    const form = [MAGIC, UTF_MAGIC].find((magic) =>
      this.#payload.subarray(0, magic.length).equals(magic),
    );
    if (form === undefined) throw new BadLayout();
    this.#place = form.length;
  }

  int32(): number {
    return this.#take(4).readInt32BE();
  }

  int64(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  utf(): string {
    const text = textFromModifiedUtf8(this.#take(this.#take(2).readUInt16BE()));
    if (text === undefined) throw new BadLayout();
    return text;
  }

  /** A count, and so many pairs of texts. */
  pairs(): [string, string][] {
    const count = this.int32();
    const leftBytes = this.#payload.length - this.#place;
    if (count < 0 || count * PAIR_MIN_BYTES > leftBytes) throw new BadLayout();
    return Array.from({ length: count }, () => [this.utf(), this.utf()]);
  }

  #take(bytes: number): Buffer {
    const end = this.#place + bytes;
    if (end > this.#payload.length) throw new BadLayout();
    const taken = this.#payload.subarray(this.#place, end);
    this.#place = end;
    return taken;
  }
}
