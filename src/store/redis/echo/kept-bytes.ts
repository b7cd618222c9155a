// Memory of their own for bytes that are kept. A frame is a part of a larger buffer that Node shares
// between everything that is written and read at that time; kept for half a second, it would keep all
// of that with it, and the collector would have to go through it again and again.

const BLOCK_BYTES = 256 * 1024;

/** Copies bytes into blocks, one behind the other. A block is freed with the last of what is in it,
 * which is what was kept at about the same time. */
export function createKeptBytes(): (bytes: Uint8Array) => Buffer {
  let block = Buffer.alloc(0);
  let end = 0;
  return (bytes) => {
    if (bytes.length > BLOCK_BYTES) return Buffer.from(bytes);
    if (end + bytes.length > block.length) {
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      end = 0;
    }
    const from = end;
    end += bytes.length;
    block.set(bytes, from);
    return block.subarray(from, end);
  };
}
