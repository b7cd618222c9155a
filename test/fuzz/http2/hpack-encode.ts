// Writes header blocks (HPACK, RFC 7541) as literals that are not indexed: nothing to keep between
// blocks.

import type { HeaderField } from './hpack-tables.ts';

/** A header block of these fields, bytes as Latin-1. */
export function encodeHeaders(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.map(({ name, value }) => encodeField(name, value)));
}

function encodeField(name: string, value: string): Buffer {
  const [nameLength, valueLength] = [name.length, value.length].map((length) =>
    encodeInteger(length, 7, 0),
  );
  return Buffer.from(`\x00${nameLength}${name}${valueLength}${value}`, 'latin1');
}

/** An integer behind a prefix of so many bits, in a first byte that has these upper bits; as
 * Latin-1. */
export function encodeInteger(value: number, prefixBits: number, upperBits: number): string {
  const max = 2 ** prefixBits - 1;
  if (value < max) return String.fromCharCode(upperBits + value);
  let text = String.fromCharCode(upperBits + max);
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128))
    text += String.fromCharCode((rest % 128) + 128);
  return text + String.fromCharCode(rest);
}
