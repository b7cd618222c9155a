import { Codec } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { readState } from './read-state.ts';

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** How the content of a frame is compressed, and under which key it is encrypted (empty if it is
 * not). Of a frame whose digest matches; never throws. */
export function frameEncoding(bytes: Uint8Array): { codec: Codec; keyId: string } {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { codec, keyId } = readState(frame.subarray(LENGTH_BYTES, frame.length - DIGEST_BYTES));
    return { codec, keyId };
  } catch {
    return { codec: Codec.UNSPECIFIED, keyId: '' };
  }
}
