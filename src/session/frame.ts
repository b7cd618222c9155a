// A frame is the stored form of a SessionState:
//
//   | length              | payload                              | SHA-256 of the payload |
//   | uint32 big-endian   | protobuf SessionState, `length` bytes | 32 bytes               |
//
// First the length is compared with the bytes that are there; then the digest is checked, before
// the payload is decoded, or expanded where its content is compressed; the session's id, inside the
// payload, is checked last, which catches an intact frame under another session's key. A single
// flipped bit always fails the first or the second check.

import { hash } from 'node:crypto';
import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { NEWEST_FORMAT } from './format.ts';
import { readState } from './read-state.ts';
import { isSealed, openedContent } from './sealed-content.ts';
import { withStateBytes } from './state-bytes.ts';

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** Whether a frame could be read, and if not, why. */
export type FrameVerdict = (typeof FRAME_VERDICTS)[number];

export const FRAME_VERDICTS = [
  'sound',
  /** The length prefix does not match the number of bytes. */
  'bad_length',
  /** The digest does not match the payload. */
  'bad_digest',
  /** The payload names another session. */
  'wrong_session',
  /** The digest matches, the format is newer: the frame is kept for releases that know it. */
  'newer_format',
  /** The digest matches, the payload is not a SessionState: the frame is kept. */
  'undecodable',
  /** The digest matches, the content is encrypted, and no key of this process opens it: the frame
   * is kept until there is one. */
  'sealed',
] as const;

/** The result of reading a frame. */
export type ReadFrame =
  | { verdict: 'sound'; state: SessionState }
  | { verdict: Exclude<FrameVerdict, 'sound'>; state?: undefined };

/** Makes a frame of a state's bytes, which are valid until it returns. */
export type FrameOf = (payload: Uint8Array, sessionId: string) => Uint8Array;

/** Encodes a state as a frame. `makeFrame`: as an encrypted one. */
export function encodeFrame(state: SessionState, makeFrame: FrameOf = frameOf): Uint8Array {
  return withStateBytes(state, (payload) => makeFrame(payload, state.sessionId));
}

/** The frame with this payload. */
export function frameOf(payload: Uint8Array): Uint8Array {
  return frameWith(payload.length, (frame, at) => frame.set(payload, at));
}

/** A frame whose payload, of so many bytes, is written by `write`. */
export function frameWith(
  payloadBytes: number,
  write: (frame: Buffer, payloadAt: number) => void,
): Uint8Array {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payloadBytes + DIGEST_BYTES);
  frame.writeUInt32BE(payloadBytes);
  write(frame, LENGTH_BYTES);
  const payload = frame.subarray(LENGTH_BYTES, LENGTH_BYTES + payloadBytes);
  // As text, since Node takes longer to make a buffer of a digest.
  frame.write(hash('sha256', payload, 'latin1'), LENGTH_BYTES + payloadBytes, 'latin1');
  return frame;
}

/** Reads a frame found under a session's key, whether or not it was encrypted. Never throws: damage
 * is a verdict. */
export function readStoredFrame(
  { bytes, opened }: { bytes: Uint8Array; opened?: Uint8Array | 'sealed' | undefined },
  sessionId: string,
): ReadFrame {
  if (opened === 'sealed') return { verdict: 'sealed' };
  if (opened === undefined) return readFrame(bytes, sessionId);
  const read = readPayload(opened, sessionId);
  // It was encrypted for this very key, so the key's name is an id that was encrypted, too, and
  // this process has not the key for that.
  return read.verdict === 'wrong_session' ? { verdict: 'sealed' } : read;
}

/** Reads a frame found under a session's key. Never throws: damage is a verdict. */
export function readFrame(bytes: Uint8Array, sessionId: string): ReadFrame {
  const payload = intactPayload(bytes);
  return typeof payload === 'string' ? { verdict: payload } : readPayload(payload, sessionId);
}

/** The payload of an intact frame, which is not copied, or why it is damaged. */
export function intactPayload(bytes: Uint8Array): Buffer | 'bad_length' | 'bad_digest' {
  const payload = payloadIn(bytes);
  if (payload === undefined) return 'bad_length';
  const digest = bufferOf(bytes).toString('latin1', LENGTH_BYTES + payload.length);
  return hash('sha256', payload, 'latin1') === digest ? payload : 'bad_digest';
}

/** The payload of a frame, which is neither copied nor checked; undefined if its length is
 * wrong. */
export function payloadIn(bytes: Uint8Array): Buffer | undefined {
  const frame = bufferOf(bytes);
  const payloadBytes = frame.length - LENGTH_BYTES - DIGEST_BYTES;
  if (payloadBytes < 0 || frame.readUInt32BE() !== payloadBytes) return undefined;
  return frame.subarray(LENGTH_BYTES, LENGTH_BYTES + payloadBytes);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function readPayload(payload: Uint8Array, sessionId: string): ReadFrame {
  let state: SessionState;
  try {
    state = readState(payload);
  } catch {
    return { verdict: 'undecodable' };
  }
  const read = checked(state, sessionId);
  if (read.verdict !== 'sound' || !isSealed(state)) return read;
  const opened = openedContent(state);
  return opened.verdict === 'opened' ? checked(opened.state, sessionId) : opened;
}

function checked(state: SessionState, sessionId: string): ReadFrame {
  if (state.format > NEWEST_FORMAT) return { verdict: 'newer_format' };
  return state.sessionId === sessionId ? { verdict: 'sound', state } : { verdict: 'wrong_session' };
}
