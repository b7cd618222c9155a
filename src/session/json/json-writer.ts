// Writes JSON as bytes, so that what is stored as bytes is copied, and no long text is made of many
// short ones, which Node would have to join and encode again.

import { StoredEntry } from '../stored-entry.ts';
import type { KeyValue } from './value.ts';

/** Up to so many characters a loop is faster than a call of native code. */
const LOOPED_MAX_LENGTH = 32;
/** Up to so many bytes, one is faster than making a text of them. */
const LOOPED_MAX_BYTES = 256;
/** UTF-8 takes at most this for each character of a text. */
const UTF8_MAX_BYTES = 3;
const SCRATCH_BYTES = 64 * 1024;
/** A larger scratch is not kept. */
const KEPT_SCRATCH_MAX_BYTES = 1024 * 1024;

const ASCII_MAX = 0x7f;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
let at = 0;

/** Writes a part of a JSON text. */
export type WriteJson = (writer: JsonWriter) => void;

export type JsonWriter = typeof WRITER;

/** What `write` writes, as bytes. Texts are written one at a time. */
export function jsonBytes(write: WriteJson): Buffer {
  at = 0;
  write(WRITER);
  // Not of Node's pool: what is pooled for many requests is freed with old objects only.
  const copy = Buffer.allocUnsafeSlow(at);
  scratch.copy(copy, 0, 0, at);
  if (scratch.length > KEPT_SCRATCH_MAX_BYTES) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return copy;
}

const WRITER = {
  /** How many bytes have been written. */
  length: () => at,

  /** Text that is JSON, or a part of it. */
  raw(json: string): void {
    const { length } = json;
    reserve(length * UTF8_MAX_BYTES);
    if (length > LOOPED_MAX_LENGTH || !writeAscii(json)) at += scratch.write(json, at);
  },

  /** A text whose UTF-8 is in a buffer, in quotes. */
  text(source: Buffer, start: number, end: number): void {
    if (!copyPlain(source, start, end))
      WRITER.raw(JSON.stringify(source.toString('utf8', start, end)));
  },

  /** A text, in quotes. */
  string(text: string): void {
    if (!writePlain(text)) WRITER.raw(JSON.stringify(text));
  },

  /** An object with these entries. No key is special, `__proto__` included. */
  object(entries: readonly KeyValue[]): void {
    WRITER.raw('{');
    let isFirst = true;
    for (const entry of entries) {
      if (!isFirst) byte(COMMA);
      isFirst = false;
      WRITER.string(entry.key);
      byte(COLON);
      if (entry instanceof StoredEntry) copyJson(entry);
      else WRITER.raw(entry.json);
    }
    WRITER.raw('}');
  },

  /** A list; `writeItem` writes each item. */
  list<T>(items: readonly T[], writeItem: (item: T) => void): void {
    WRITER.raw('[');
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) byte(COMMA);
      isFirst = false;
      writeItem(item);
    }
    WRITER.raw(']');
  },
};

/** Writes a short text that JSON does not escape, in quotes; else nothing. */
function writePlain(text: string): boolean {
  const { length } = text;
  if (length > LOOPED_MAX_LENGTH) return false;
  reserve(LOOPED_MAX_LENGTH + 2);
  const start = at + 1;
  for (let place = 0; place < length; place++) {
    const code = text.charCodeAt(place);
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
    scratch[start + place] = code;
  }
  scratch[at] = QUOTE;
  scratch[start + length] = QUOTE;
  at = start + length + 1;
  return true;
}

/** Writes a short text if it is ASCII; else nothing. There must be room for it. */
function writeAscii(text: string): boolean {
  const { length } = text;
  let all = 0;
  for (let place = 0; place < length; place++) {
    const code = text.charCodeAt(place);
    all |= code;
    scratch[at + place] = code;
  }
  if (all > ASCII_MAX) return false;
  at += length;
  return true;
}

/** Copies a short text that JSON does not escape, in quotes; else nothing. */
function copyPlain(source: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length > LOOPED_MAX_BYTES) return false;
  reserve(length + 2);
  const to = at + 1;
  for (let place = 0; place < length; place++) {
    const code = source[start + place] as number;
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
    scratch[to + place] = code;
  }
  scratch[at] = QUOTE;
  scratch[to + length] = QUOTE;
  at = to + length + 1;
  return true;
}

function copyJson(entry: StoredEntry): void {
  reserve(entry.jsonBytes);
  entry.copyJson(scratch, at);
  at += entry.jsonBytes;
}

function byte(code: number): void {
  reserve(1);
  scratch[at] = code;
  at += 1;
}

/** Makes room for so many bytes more. */
function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * scratch.length, at + bytes));
  larger.set(scratch.subarray(0, at));
  scratch = larger;
}
