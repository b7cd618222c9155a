// Content that cannot be read directly from its frame: compressed, encrypted, or both. It is an
// encoded SessionState in the field `sealed` of another SessionState. The outer one says how to
// open it and names the session, so that a frame under another session's key is caught without
// decryption.

import { create } from '@bufbuild/protobuf';
import {
  Codec,
  type SessionState,
  SessionStateSchema,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { SECOND_FORMAT } from './format.ts';
import { SESSION_BYTES_LIMIT } from './limits.ts';
import { readState } from './read-state.ts';
import { withStateBytes } from './state-bytes.ts';
import { compress, expand } from './zstd.ts';

/** Content below this is not compressed: it would save less than a Redis allocation. */
export const COMPRESSED_FROM_BYTES = 2048;

/** The result of opening sealed content. */
export type OpenedContent =
  | { verdict: 'opened'; state: SessionState }
  /** There is no key for it. */
  | { verdict: 'sealed' }
  /** It is compressed in a way that this code does not know. */
  | { verdict: 'newer_format' }
  /** It does not match what its frame says, or is larger than any session. */
  | { verdict: 'undecodable' };

/** Whether a frame's state is in its `sealed`. */
export function isSealed({ codec, keyId, sealed }: SessionState): boolean {
  return codec !== Codec.UNSPECIFIED || keyId !== '' || sealed.length > 0;
}

/** The state as it is stored under format 2: compressed, unless its content is longer than
 * `expandedMaxBytes`, or so short that compression does not pay off. */
export function compressedState(
  state: SessionState,
  { expandedMaxBytes }: { expandedMaxBytes: number },
): SessionState {
  const sealed = withStateBytes(state, (content) => {
    const isWorthIt = content.length >= COMPRESSED_FROM_BYTES && content.length <= expandedMaxBytes;
    return isWorthIt ? compress(content) : undefined;
  });
  if (!sealed) return state;
  return create(SessionStateSchema, {
    format: SECOND_FORMAT,
    sessionId: state.sessionId,
    codec: Codec.ZSTD,
    sealed,
  });
}

/** Opens sealed content. Never throws, and never expands it beyond the largest size of a
 * session. */
export function openedContent({ codec, keyId, sealed }: SessionState): OpenedContent {
  if (keyId !== '') return { verdict: 'sealed' };
  if (codec !== Codec.UNSPECIFIED && codec !== Codec.ZSTD) return { verdict: 'newer_format' };
  try {
    const content = expandedContent({ codec, sealed });
    if (content === undefined) return { verdict: 'undecodable' };
    const state = readState(content);
    return isSealed(state) ? { verdict: 'undecodable' } : { verdict: 'opened', state };
  } catch {
    return { verdict: 'undecodable' };
  }
}

/** Content that is not encrypted, as it was before it was compressed; undefined if that is not
 * known. */
export function expandedContent({
  codec,
  sealed,
}: Pick<SessionState, 'codec' | 'sealed'>): Uint8Array | undefined {
  if (codec === Codec.UNSPECIFIED) return sealed;
  if (codec !== Codec.ZSTD) return undefined;
  try {
    return expand(sealed, { maxBytes: SESSION_BYTES_LIMIT });
  } catch {
    return undefined;
  }
}
