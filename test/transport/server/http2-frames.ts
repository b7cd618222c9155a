// Frames of HTTP/2, byte by byte, for what no library sends: those of the fuzzer, in the form in
// which tests write them.

import {
  encodeFrame,
  FLAG,
  FRAME,
  FrameReader,
  numberPayload,
  type ReceivedFrame,
  PREFACE as TEXT,
} from '../../fuzz/http2/frame.ts';

/** What a client opens with. */
export const PREFACE = Buffer.concat([TEXT, frame(FRAME.settings, 0, 0)]);

/** Flags of frames. */
export const END_STREAM = FLAG.endStream;
export const END_HEADERS = FLAG.endHeaders;

/** A frame of this type, with these flags, on this stream. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  return encodeFrame({ type, flags, stream, payload: Buffer.from(payload) });
}

/** HEADERS of a request; each name and value shorter than 127 bytes, none compressed. */
export function headers(
  stream: number,
  fields: readonly (readonly [name: string, value: string])[],
  flags: number = END_HEADERS | END_STREAM,
): Buffer {
  return frame(FRAME.headers, flags, stream, fieldBlock(fields));
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
export function numbered(
  type: typeof FRAME.resetStream | typeof FRAME.windowUpdate,
  stream: number,
  value: number,
): Buffer {
  return frame(type, 0, stream, numberPayload(value));
}

/** The frames in what a server sent. */
export function framesIn(bytes: Buffer): ReceivedFrame[] {
  return new FrameReader().read(bytes);
}
