// Encrypted frames. The content of a frame, compressed or not, becomes the `sealed` of another
// frame, which names the key and the session; its SHA-256 covers the ciphertext. So damage is found
// without any key, and a frame whose key is missing is not taken for a damaged one: it is kept.

import { Codec, type SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { emptyState } from '../empty-messages.ts';
import { NEWEST_FORMAT, SECOND_FORMAT } from '../format.ts';
import { encodeFrame, intactPayload, payloadIn } from '../frame.ts';
import { readState } from '../read-state.ts';
import { expandedContent } from '../sealed-content.ts';
import type { ContentCipher, Place } from './content-cipher.ts';
import type { NotOpenedReason } from './not-opened.ts';

// A state begins with its format, in two bytes, and then has its codec, in two bytes, and the id of
// its key, each of them only if it is not empty.
const AFTER_FORMAT = 2;
const CODEC_TAG = 0x10;
const CODEC_BYTES = 2;
const KEY_ID_TAG = 0x1a;

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

/** Encrypts a frame of a session with the current key. Without one, and for bytes that are no
 * frame, it is the same frame. */
export function encryptedFrame(
  contents: ContentCipher,
  frame: Uint8Array,
  sessionId: string,
): Uint8Array {
  const payload = payloadIn(frame);
  if (payload === undefined || contents.currentKeyId() === '') return frame;
  const isCompressed = payload[AFTER_FORMAT] === CODEC_TAG;
  const compressed = isCompressed ? readState(payload) : undefined;
  const codec = compressed?.codec ?? Codec.UNSPECIFIED;
  const content = compressed?.sealed ?? payload;
  const state = { ...emptyState(), format: SECOND_FORMAT, codec, sessionId };
  const sealed = contents.encrypt(content, placeOf(state));
  if (!sealed) return frame;
  return encodeFrame({ ...state, keyId: sealed.keyId, sealed: sealed.encrypted });
}

/** Opens a frame that was found under a session's key. Never throws. */
export function openedFrame(
  contents: ContentCipher,
  frame: Uint8Array,
  sessionId: string,
): OpenedFrame {
  const state = encryptedState(frame);
  if (state?.sessionId !== sessionId) return NOT_ENCRYPTED;
  const { codec, keyId, sealed } = state;
  const content = contents.open({ keyId, encrypted: sealed }, placeOf(state));
  if (typeof content === 'string') return { payload: undefined, keyId, problem: content };
  const payload = expandedContent({ codec, sealed: content });
  return { payload, keyId, problem: payload ? undefined : 'not_authentic' };
}

/** The id of the key that a frame is encrypted with; empty if it is not, or is damaged. */
export function keyIdOf(frame: Uint8Array): string {
  return encryptedState(frame)?.keyId ?? '';
}

/** The state that an intact, encrypted frame holds; undefined for any other. */
function encryptedState(frame: Uint8Array): SessionState | undefined {
  const unchecked = payloadIn(frame);
  const codecBytes = unchecked?.[AFTER_FORMAT] === CODEC_TAG ? CODEC_BYTES : 0;
  if (unchecked?.[AFTER_FORMAT + codecBytes] !== KEY_ID_TAG) return undefined;
  const payload = intactPayload(frame);
  if (typeof payload === 'string') return undefined;
  try {
    const state = readState(payload);
    return state.keyId !== '' && state.format <= NEWEST_FORMAT ? state : undefined;
  } catch {
    return undefined;
  }
}

function placeOf({ format, codec, sessionId }: SessionState): Place {
  return ['frame', format, codec, sessionId];
}
