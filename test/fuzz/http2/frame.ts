// Frames of HTTP/2 (RFC 9113), written as they are asked for, sound or not.

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = {
  endStream: 1,
  acknowledge: 1,
  endHeaders: 4,
  padded: 8,
  priority: 32,
} as const;

export const HEADER_BYTES = 9;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export type Frame = {
  type: number;
  flags?: number;
  stream?: number;
  payload?: Buffer;
  /** What the header says, where that is not the payload's length. */
  length?: number;
};

/** A frame's bytes. Numbers beyond their field are cut to it. */
export function encodeFrame({
  type,
  flags = 0,
  stream = 0,
  payload = NOTHING,
  length,
}: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUIntBE((length ?? payload.length) & 0xffffff, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream >>> 0, 5);
  payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

const NOTHING = Buffer.alloc(0);

/** The payload of SETTINGS. */
export function settingsPayload(
  settings: readonly (readonly [identifier: number, value: number])[],
): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  settings.forEach(([identifier, value], place) => {
    payload.writeUInt16BE(identifier & 0xffff, 6 * place);
    payload.writeUInt32BE(value >>> 0, 6 * place + 2);
  });
  return payload;
}

/** A payload of one number of 32 bits: an error code, or the increment of a window. */
export function numberPayload(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value >>> 0);
  return payload;
}

export type ReceivedFrame = { type: number; flags: number; stream: number; payload: Buffer };

/** Splits what a server sends into frames. */
export class FrameReader {
  #rest: Buffer = NOTHING;

  /** The frames that are complete with these bytes. */
  read(bytes: Buffer): ReceivedFrame[] {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: ReceivedFrame[] = [];
    for (;;) {
      if (rest.length < HEADER_BYTES) break;
      const end = HEADER_BYTES + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      frames.push({
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        stream: rest.readUInt32BE(5) & 0x7fffffff,
        payload: rest.subarray(HEADER_BYTES, end),
      });
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return frames;
  }
}
