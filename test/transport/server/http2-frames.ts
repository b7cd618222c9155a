// Frames of HTTP/2, byte by byte, for what no library sends.

/** What a client opens with. */
export const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(4, 0, 0),
]);

/** Flags of frames. */
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** A frame of this type, with these flags, on this stream. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HEADERS of a request; each name and value shorter than 127 bytes, none compressed. */
export function headers(
  stream: number,
  fields: readonly (readonly [name: string, value: string])[],
  flags: number = END_HEADERS | END_STREAM,
): Buffer {
  return frame(1, flags, stream, fieldBlock(fields));
}

/** Fields as HPACK literals. */
export function fieldBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const literals = fields.map(([name, value]) =>
    Buffer.concat([
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
  return Buffer.concat(literals);
}

/** The fields of an ordinary request. */
export function requestFields(method = 'GET', path = '/'): [string, string][] {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':authority', 'localhost'],
    [':path', path],
  ];
}

/** RST_STREAM, WINDOW_UPDATE: a stream and a number. */
export function numbered(type: 3 | 8, stream: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, stream, payload);
}

/** The frames in what a server sent: type, stream and payload of each. */
export function framesIn(bytes: Buffer): { type: number; stream: number; payload: Buffer }[] {
  const frames = [];
  for (let place = 0; place + 9 <= bytes.length; ) {
    const end = place + 9 + bytes.readUIntBE(place, 3);
    frames.push({
      type: bytes.readUInt8(place + 3),
      stream: bytes.readUInt32BE(place + 5),
      payload: bytes.subarray(place + 9, end),
    });
    place = end;
  }
  return frames;
}
