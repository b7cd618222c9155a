// Reads the header blocks of a server (HPACK, RFC 7541), so that statuses can be counted.

import { type HeaderField, HUFFMAN_BYTES, STATIC_TABLE } from './hpack-tables.ts';

/** What an entry of the dynamic table counts beside its text. */
const ENTRY_OVERHEAD = 32;

/** The decoder of one connection; blocks must be decoded in the order in which they came. */
export class HpackDecoder {
  readonly #dynamic: HeaderField[] = [];
  #dynamicSize = 0;
  #dynamicMax = 4096;

  /** Throws if the block is not valid HPACK. */
  decode(block: Buffer): HeaderField[] {
    const reader = new BlockReader(block);
    const fields: HeaderField[] = [];
    while (!reader.ended) {
      const first = reader.peek();
      if (first >= 0x80) fields.push(this.#entry(reader.integer(7)));
      else if (first >= 0x40) fields.push(this.#remember(this.#literal(reader, 6)));
      else if (first >= 0x20) this.#resize(reader.integer(5));
      else fields.push(this.#literal(reader, 4));
    }
    return fields;
  }

  #literal(reader: BlockReader, prefixBits: number): HeaderField {
    const index = reader.integer(prefixBits);
    const name = index === 0 ? reader.text() : this.#entry(index).name;
    return { name, value: reader.text() };
  }

  #entry(index: number): HeaderField {
    const entry = STATIC_TABLE[index - 1] ?? this.#dynamic[index - 1 - STATIC_TABLE.length];
    if (!entry) throw new Error(`HPACK: there is no entry ${index}`);
    return entry;
  }

  #remember(field: HeaderField): HeaderField {
    this.#dynamic.unshift(field);
    this.#dynamicSize += sizeOf(field);
    this.#resize(this.#dynamicMax);
    return field;
  }

  #resize(max: number): void {
    this.#dynamicMax = max;
    while (this.#dynamicSize > max) {
      const evicted = this.#dynamic.pop();
      if (!evicted) return;
      this.#dynamicSize -= sizeOf(evicted);
    }
  }
}

function sizeOf({ name, value }: HeaderField): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get ended(): boolean {
    return this.#at >= this.#block.length;
  }

  peek(): number {
    return this.#block[this.#at] ?? 0;
  }

  integer(prefixBits: number): number {
    const max = 2 ** prefixBits - 1;
    let value = this.#next() & max;
    if (value < max) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#next();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Error('HPACK: a text is cut off');
    this.#at += length;
    return isHuffman ? huffmanText(bytes) : bytes.toString('latin1');
  }

  #next(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new Error('HPACK: the block is cut off');
    return byte;
  }
}

function huffmanText(bytes: Buffer): string {
  let text = '';
  let code = 1;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      const decoded = HUFFMAN_BYTES.get(code);
      if (decoded === undefined) continue;
      text += String.fromCharCode(decoded);
      code = 1;
    }
  }
  return text;
}
