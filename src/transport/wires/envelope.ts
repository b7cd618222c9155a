// The envelope of gRPC and gRPC-Web around each message: a byte of flags, four bytes of length, the
// message. A unary call has one.

import { invalid, Refusal } from '../../session/errors.ts';
import { collectBody } from '../server/collect-body.ts';
import { bodyBytes, type Exchange, type WholeBody } from '../server/http-exchange.ts';
import { bodyTooLarge } from '../too-large.ts';
import type { SentMessage } from './wire.ts';

/** Of an envelope, before its message: flags and length. */
export const HEAD_BYTES = 5;
export const LENGTH_OFFSET = 1;
/** The flag of a compressed message. */
export const COMPRESSED = 0b0000_0001;
/** gRPC-Web: not a message, but trailers. */
const TRAILERS = 0b1000_0000;

/** Reads the one envelope of a request. Refuses (`too_large`) a message above `maxBytes`. */
export function readEnvelope(exchange: Exchange, maxBytes: number): Promise<Buffer> {
  return collectBody(exchange, {
    maxBytes: HEAD_BYTES + maxBytes,
    tooLong: (head) =>
      head.readUInt32BE(LENGTH_OFFSET) > maxBytes ? bodyTooLarge(maxBytes) : moreThanOne(),
  });
}

/** The message in the one envelope of a request, likewise. Refuses (`invalid`) one that is compressed
 * unless it may be. */
export function enclosedMessage(
  read: Uint8Array,
  { maxBytes, mayBeCompressed }: { maxBytes: number; mayBeCompressed: boolean },
): SentMessage {
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  if (bytes.length === 0) throw new Refusal('unimplemented', 'the call has no message: send one');
  if (bytes.length < HEAD_BYTES) throw cutOff();
  const flags = bytes.readUInt8();
  const messageBytes = bytes.readUInt32BE(LENGTH_OFFSET);
  if (messageBytes > maxBytes) throw bodyTooLarge(maxBytes);
  if (flags === TRAILERS)
    throw new Refusal('unimplemented', 'the call has trailers in place of a message: send one');
  checkFlags(flags, mayBeCompressed);
  if (bytes.length < HEAD_BYTES + messageBytes) throw cutOff();
  if (bytes.length > HEAD_BYTES + messageBytes)
    throw isWhole(bytes.subarray(HEAD_BYTES + messageBytes)) ? moreThanOne() : cutOff();
  return { bytes: bytes.subarray(HEAD_BYTES), isCompressed: flags === COMPRESSED };
}

/** Refuses (`invalid`) unknown flags, and a compressed message unless it may be compressed. */
export function checkFlags(flags: number, mayBeCompressed: boolean): void {
  if ((flags & ~COMPRESSED) !== 0)
    throw invalid('', `the flags of the message are ${flags}: only 0 and 1 are known`);
  if (flags === COMPRESSED && !mayBeCompressed)
    throw invalid('', 'the message is compressed, and no header says how');
}

/** A message, or the trailers of gRPC-Web, in an envelope. */
export function envelope(message: WholeBody, flags = 0): Buffer {
  const messageBytes = bodyBytes(message);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + messageBytes);
  bytes.writeUInt8(flags);
  bytes.writeUInt32BE(messageBytes, LENGTH_OFFSET);
  if (typeof message === 'string') bytes.write(message, HEAD_BYTES);
  else bytes.set(message, HEAD_BYTES);
  return bytes;
}

/** The trailers of gRPC-Web, in the envelope that ends its answers. */
export function trailerEnvelope(text: string): Buffer {
  return envelope(text, TRAILERS);
}

function isWhole(bytes: Buffer): boolean {
  return (
    bytes.length >= HEAD_BYTES && bytes.length >= HEAD_BYTES + bytes.readUInt32BE(LENGTH_OFFSET)
  );
}

function cutOff(): Refusal {
  return invalid('', 'the request cannot be read: it ends within its message');
}

function moreThanOne(): Refusal {
  return new Refusal('unimplemented', 'the call has more than one message: send one');
}
