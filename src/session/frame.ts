// A frame is how a SessionState lies in the store:
//
//   | length: uint32 big-endian | payload: protobuf SessionState, `length` bytes | SHA-256 of the
//   payload: 32 bytes |
//
// The length is checked against the bytes that are there before anything trusts it; the digest is
// checked before the payload is decoded, or expanded where its content is compressed; the session's
// id, inside the payload, is checked last, so that a sound frame under another session's key is
// caught. Any single flipped bit fails the first or the second check.

import { hash } from 'node:crypto';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type SessionState,
  SessionStateSchema,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { NEWEST_FORMAT } from './format.ts';
import { isSealed, openedContent } from './sealed-content.ts';

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** Whether a frame could be read, and if not, why. */
export type FrameVerdict = (typeof FRAME_VERDICTS)[number];

export const FRAME_VERDICTS = [
  'sound',
  /** The length prefix does not fit the bytes. */
  'bad_length',
  /** The digest does not fit the payload. */
  'bad_digest',
  /** The payload names another session. */
  'wrong_session',
  /** The digest fits, the format is newer: to be kept for those that know it. */
  'newer_format',
  /** The digest fits, the payload is no SessionState: to be kept. */
  'undecodable',
  /** The digest fits, the content is encrypted, and there is no key: to be kept for those that
   * have it. */
  'sealed',
] as const;

/** What came of reading a frame. */
export type ReadFrame =
  | { verdict: 'sound'; state: SessionState }
  | { verdict: Exclude<FrameVerdict, 'sound'>; state?: undefined };

/** Frames a state. */
export function encodeFrame(state: SessionState): Uint8Array {
  const payload = toBinary(SessionStateSchema, state);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payload.length + DIGEST_BYTES);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, LENGTH_BYTES);
  frame.set(sha256(payload), LENGTH_BYTES + payload.length);
  return frame;
}

/** Reads a frame found under a session's key. Never throws: damage is a verdict. */
export function readFrame(bytes: Uint8Array, sessionId: string): ReadFrame {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadBytes = frame.length - LENGTH_BYTES - DIGEST_BYTES;
  if (payloadBytes < 0 || frame.readUInt32BE() !== payloadBytes) return { verdict: 'bad_length' };
  const payload = frame.subarray(LENGTH_BYTES, LENGTH_BYTES + payloadBytes);
  if (!sha256(payload).equals(frame.subarray(LENGTH_BYTES + payloadBytes)))
    return { verdict: 'bad_digest' };
  return readPayload(payload, sessionId);
}

function readPayload(payload: Uint8Array, sessionId: string): ReadFrame {
  let state: SessionState;
  try {
    state = fromBinary(SessionStateSchema, payload);
  } catch {
    return { verdict: 'undecodable' };
  }
  const read = judged(state, sessionId);
  if (read.verdict !== 'sound' || !isSealed(state)) return read;
  const opened = openedContent(state);
  return opened.verdict === 'opened' ? judged(opened.state, sessionId) : opened;
}

function judged(state: SessionState, sessionId: string): ReadFrame {
  if (state.format > NEWEST_FORMAT) return { verdict: 'newer_format' };
  return state.sessionId === sessionId ? { verdict: 'sound', state } : { verdict: 'wrong_session' };
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
