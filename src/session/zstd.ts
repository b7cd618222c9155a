// Compression with Zstandard (RFC 8878). It runs on the event loop: on another thread content of
// the usual size takes two to three times as much CPU time.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Higher levels save a few percent more and take several times as long. */
const LEVEL = 3;

// The start of a frame:
//
//   | magic: 4 bytes | descriptor | window: 0 or 1 byte | dictionary: 0-4 bytes | size: 0-8 bytes |

const MAGIC = 0xfd2f_b528;
const DESCRIPTOR_AT = 4;
/** In the descriptor: there is no window, and the content is one segment. */
const SINGLE_SEGMENT = 0x20;
const DICTIONARY_MASK = 0x03;
/** By the two highest bits of the descriptor. */
const SIZE_BYTES = [0, 2, 4, 8];
/** What is added to a size of two bytes. */
const TWO_BYTES_FROM = 256;
/** Less is refused by node:zlib. */
const CHUNK_MIN_BYTES = 64;

/** Compresses. The result declares its size. */
export function compress(content: Uint8Array): Uint8Array {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** Expands. Throws a RangeError for more than `maxBytes` (at least 1), before anything is expanded
 * if that is declared; and for what is not Zstandard. */
export function expand(compressed: Uint8Array, { maxBytes }: { maxBytes: number }): Uint8Array {
  const declared = declaredBytes(compressed);
  if (declared !== undefined && declared > maxBytes)
    throw new RangeError(`the content is ${declared} bytes long, more than ${maxBytes}`);
  return zstdDecompressSync(compressed, {
    maxOutputLength: maxBytes,
    // One buffer for all of it, and a byte that shows that it has ended.
    ...(declared !== undefined && { chunkSize: Math.max(CHUNK_MIN_BYTES, declared + 1) }),
  });
}

/** The size that a frame declares; undefined if it declares none. */
export function declaredBytes(compressed: Uint8Array): number | undefined {
  const view = new DataView(compressed.buffer, compressed.byteOffset, compressed.byteLength);
  if (view.byteLength <= DESCRIPTOR_AT || view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = view.getUint8(DESCRIPTOR_AT);
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & DICTIONARY_MASK] ?? 0;
  const at = DESCRIPTOR_AT + 1 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const sizeBytes = SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0);
  if (sizeBytes === 0 || at + sizeBytes > view.byteLength) return undefined;
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + TWO_BYTES_FROM;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
