// Protobuf's wire format, written by hand: also what no generated code writes.

/** A field's value by its wire type: varint, 64 bits, bytes, 32 bits. */
export type WireValue = number | bigint | { fixed64: number } | Buffer | { fixed32: number };

export type WireField = readonly [number: number, value: WireValue];

/** A message of these fields, in this order. */
export function message(fields: readonly WireField[]): Buffer {
  return Buffer.concat(fields.map(([number, value]) => encodeField(number, value)));
}

/** A text's bytes; a character is a byte. */
export function text(binary: string): Buffer {
  return Buffer.from(binary, 'latin1');
}

/** An integer, seven bits a byte; also with more bytes than it needs. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function encodeField(number: number, value: WireValue): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Buffer.concat([tag(number, 0), varint(value)]);
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([tag(number, 2), varint(value.length), value]);
  if ('fixed64' in value) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value.fixed64);
    return Buffer.concat([tag(number, 1), bytes]);
  }
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value.fixed32);
  return Buffer.concat([tag(number, 5), bytes]);
}

function tag(number: number, wireType: number): Buffer {
  return varint(number * 8 + wireType);
}
