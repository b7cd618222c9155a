// A place within the bytes of a protobuf message, from which numbers, texts and parts are read.

import { isUtf8 } from 'node:buffer';
import type { Part } from './stored-step.ts';

/** Up to this length a loop is faster than a call of native code. */
const LOOPED_MAX_BYTES = 32;
/** Varints of more bytes may not be exact as numbers. */
const VARINT_MAX_BYTES = 7;

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Thrown for what is not read here, damaged or not. */
export const UNUSUAL = Symbol('unusual');

/** Reads onwards from `at`. `end` is that of the message which is being read. */
export class Cursor {
  readonly bytes: Buffer;
  at = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** Ends a message. A number may have been read beyond its end. */
  finish(end: number): void {
    if (this.at !== end) throw UNUSUAL;
  }

  /** The next byte; 0 beyond the last one. */
  byte(): number {
    const byte = this.bytes[this.at] ?? 0;
    this.at += 1;
    return byte;
  }

  /** A varint, at most `max`. */
  number(max = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_MAX_BYTES; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > max) throw UNUSUAL;
        return value;
      }
      scale *= 0x80;
    }
    throw UNUSUAL;
  }

  /** Where a part ends whose length comes next, within a message that ends at `end`. */
  end(end: number): number {
    const length = this.number();
    if (this.at + length > end) throw UNUSUAL;
    return this.at + length;
  }

  /** A part, which is not copied. */
  view(end: number): Uint8Array {
    const viewEnd = this.end(end);
    const view = this.bytes.subarray(this.at, viewEnd);
    this.at = viewEnd;
    return view;
  }

  /** A part that is UTF-8. Throws a TypeError if it is not. */
  text(end: number): string {
    const textEnd = this.end(end);
    const start = this.at;
    this.at = textEnd;
    return this.textIn({ start, end: textEnd });
  }

  /** The same of bytes that were read before. */
  textIn({ start, end }: Part): string {
    return end - start <= LOOPED_MAX_BYTES && this.#isAscii(start, end)
      ? this.bytes.toString('latin1', start, end)
      : UTF8.decode(this.bytes.subarray(start, end));
  }

  /** Whether bytes are a short text of printable ASCII that is the same in JSON. */
  isPlain({ start, end }: Part): boolean {
    if (end - start > LOOPED_MAX_BYTES) return false;
    for (let place = start; place < end; place++) {
      const byte = this.bytes[place] ?? 0;
      if (byte < SPACE || byte > TILDE || byte === QUOTE || byte === BACKSLASH) return false;
    }
    return true;
  }

  /** Whether the bytes from `start` to `end` are UTF-8. */
  isUtf8(start: number, end: number): boolean {
    return (
      (end - start <= LOOPED_MAX_BYTES && this.#isAscii(start, end)) ||
      isUtf8(this.bytes.subarray(start, end))
    );
  }

  #isAscii(start: number, end: number): boolean {
    let all = 0;
    for (let place = start; place < end; place++) all |= this.bytes[place] ?? 0;
    return all < 0x80;
  }
}
