// Encrypted frames. The content of a frame, compressed or not, becomes the `sealed` of another
// frame, which names the key and the session; its SHA-256 covers the ciphertext. So damage is found
// without any key, and a frame whose key is missing is not taken for a damaged one: it is kept.

import { Codec, type SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { NEWEST_FORMAT, SECOND_FORMAT } from '../format.ts';
import { type FrameOf, frameOf, frameWith, intactPayload, payloadIn } from '../frame.ts';
import { readState } from '../read-state.ts';
import { expandedContent } from '../sealed-content.ts';
import {
  type ContentCipher,
  type CurrentKey,
  ENCRYPTION_BYTES,
  type Place,
} from './content-cipher.ts';
import type { NotOpenedReason } from './not-opened.ts';

// A state begins with its format, in two bytes, and then has its codec, in two bytes, and the id of
// its key, each of them only if it is not empty.
const FORMAT_TAG = 0x08;
const AFTER_FORMAT = 2;
const CODEC_TAG = 0x10;
const CODEC_BYTES = 2;
const KEY_ID_TAG = 0x1a;
const SEALED_TAG = 0x22;
const SESSION_ID_TAG = 0x2a;
/** Of each byte of a number. */
const VARINT_BITS = 0x7f;

/** A frame as it is read. */
export type OpenedFrame = {
  /** The payload that was encrypted, expanded; undefined if the frame is not encrypted, is damaged,
   * or cannot be opened. */
  payload: Uint8Array | undefined;
  /** Of the key that it is encrypted with; empty if it is not, or is damaged. */
  keyId: string;
  /** Why it cannot be opened; undefined if it can. */
  problem: NotOpenedReason | undefined;
};

const NOT_ENCRYPTED: OpenedFrame = { payload: undefined, keyId: '', problem: undefined };

/** Makes frames that are encrypted with the current key; without one, plain frames. */
export function createEncryptedFrameOf(contents: ContentCipher): FrameOf {
  return (content, sessionId) => {
    const key = contents.currentKey();
    if (key === undefined) return frameOf(content);
    return sealedFrame({ key, sessionId, codec: Codec.UNSPECIFIED, content });
  };
}

/** Encrypts a frame of a session with the current key. Without one, and for bytes that are no
 * frame or an encrypted one, it is the same frame. */
export function encryptedFrame(
  contents: ContentCipher,
  frame: Uint8Array,
  sessionId: string,
): Uint8Array {
  const key = contents.currentKey();
  const payload = key && payloadIn(frame);
  if (key === undefined || payload === undefined || isEncrypted(payload)) return frame;
  return sealedFrame({ key, sessionId, ...contentIn(payload) });
}

/** What a payload has compressed; otherwise the payload. */
function contentIn(payload: Buffer): { codec: Codec; content: Uint8Array } {
  const plain = { codec: Codec.UNSPECIFIED, content: payload };
  if (payload[AFTER_FORMAT] !== CODEC_TAG) return plain;
  try {
    const { codec, sealed: content } = readState(payload);
    return codec === Codec.ZSTD ? { codec, content } : plain;
  } catch {
    return plain;
  }
}

/** Opens a frame that was found under a session's key. Never throws.
 *
 * What opens is not damaged: AES-GCM authenticates the content, and what else the frame says is
 * authenticated with it. To compute its SHA-256, too, would take longer than to open it. A frame
 * that does not open is checked, so that damage is not taken for another key. */
export function openedFrame(
  contents: ContentCipher,
  frame: Uint8Array,
  sessionId: string,
): OpenedFrame {
  const stored = payloadIn(frame);
  const state = stored && encryptedState(stored);
  if (stored === undefined || state?.sessionId !== sessionId) return NOT_ENCRYPTED;
  const { codec, keyId, sealed } = state;
  const content = contents.open({ keyId, encrypted: sealed }, placeOf(state));
  const isProven = typeof content !== 'string' && isAsWritten(stored, state);
  if (!isProven && typeof intactPayload(frame) === 'string') return NOT_ENCRYPTED;
  if (typeof content === 'string') return { payload: undefined, keyId, problem: content };
  const payload = expandedContent({ codec, sealed: content });
  return { payload, keyId, problem: payload ? undefined : 'not_authentic' };
}

/** The id of the key that a frame is encrypted with; empty if it is not, or is damaged. */
export function keyIdOf(frame: Uint8Array): string {
  const payload = intactPayload(frame);
  return (typeof payload !== 'string' && encryptedState(payload)?.keyId) || '';
}

/** The state in an encrypted payload; undefined for any other. */
function encryptedState(payload: Buffer): SessionState | undefined {
  if (!isEncrypted(payload)) return undefined;
  try {
    const state = readState(payload);
    return state.keyId !== '' && state.format <= NEWEST_FORMAT ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a payload names a key, if it is one that this service wrote. */
function isEncrypted(payload: Buffer): boolean {
  const codecBytes = payload[AFTER_FORMAT] === CODEC_TAG ? CODEC_BYTES : 0;
  return payload[AFTER_FORMAT + codecBytes] === KEY_ID_TAG;
}

function placeOf({
  format,
  codec,
  sessionId,
}: Pick<SessionState, 'format' | 'codec' | 'sessionId'>): Place {
  return ['frame', format, codec, sessionId];
}

type Sealing = { key: CurrentKey; codec: Codec; content: Uint8Array; sessionId: string };

/** The frame of a state that has, in the order of its fields, format, codec, key, encrypted content
 * and session. Written into the buffer that is stored: copies would cost as much as encryption. */
function sealedFrame({ key, codec, content, sessionId }: Sealing): Uint8Array {
  const sealedBytes = content.length + ENCRYPTION_BYTES;
  const idBytes = Buffer.byteLength(sessionId);
  const codecBytes = codec === Codec.UNSPECIFIED ? 0 : CODEC_BYTES;
  const headBytes = AFTER_FORMAT + codecBytes + fieldBytes(key.id.length);
  const payloadBytes = headBytes + fieldBytes(sealedBytes) + fieldBytes(idBytes);
  return frameWith(payloadBytes, (buffer, start) => {
    let at = writePair(buffer, start, FORMAT_TAG, SECOND_FORMAT);
    if (codecBytes > 0) at = writePair(buffer, at, CODEC_TAG, codec);
    at = writePair(buffer, at, KEY_ID_TAG, key.id.length);
    at += buffer.write(key.id, at, 'latin1');
    at = writePair(buffer, at, SEALED_TAG, sealedBytes);
    const place = placeOf({ format: SECOND_FORMAT, codec, sessionId });
    key.encryptInto({ buffer, at }, content, place);
    at = writePair(buffer, at + sealedBytes, SESSION_ID_TAG, idBytes);
    buffer.write(sessionId, at);
  });
}

/** Whether a payload that says so is what `sealedFrame` writes: then it has no byte that could be
 * another one without saying something else. */
function isAsWritten(
  payload: Buffer,
  {
    codec,
    keyId,
    sealed,
    sessionId,
  }: Pick<SessionState, 'codec' | 'keyId' | 'sealed' | 'sessionId'>,
): boolean {
  const keyIdAt = AFTER_FORMAT + (codec === Codec.UNSPECIFIED ? 0 : CODEC_BYTES);
  const sealedAt = keyIdAt + fieldBytes(keyId.length);
  const sessionIdAt = sealedAt + fieldBytes(sealed.length);
  return (
    payload[0] === FORMAT_TAG &&
    payload[keyIdAt] === KEY_ID_TAG &&
    payload[sealedAt] === SEALED_TAG &&
    payload[sessionIdAt] === SESSION_ID_TAG &&
    payload.length === sessionIdAt + fieldBytes(Buffer.byteLength(sessionId))
  );
}

/** Of a field with so many bytes, its tag and its length included. */
function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > VARINT_BITS; rest >>>= 7) bytes += 1;
  return bytes;
}

/** Writes a tag and a number; returns where they end. */
function writePair(buffer: Buffer, start: number, tag: number, value: number): number {
  let at = start;
  buffer[at] = tag;
  at += 1;
  let rest = value;
  while (rest > VARINT_BITS) {
    buffer[at] = (rest & VARINT_BITS) | 0x80;
    rest >>>= 7;
    at += 1;
  }
  buffer[at] = rest;
  return at + 1;
}
