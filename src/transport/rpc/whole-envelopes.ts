// gRPC, gRPC-Web and streams of Connect send each message in an envelope: a byte of flags, four
// bytes of length, the message. Connect makes room for all of a message as soon as it knows its
// length, and counts what it has anew with each chunk. So it gets an envelope when all of it has
// come: until then nothing is held but what was sent.

const HEAD_BYTES = 5;
const LENGTH_OFFSET = 1;

/** The same bytes, in chunks of whole envelopes. One whose message is longer than
 * `messageMaxBytes` is passed on at once, to be refused; what is left of a body that ends within an
 * envelope comes last. */
export async function* wholeEnvelopes(
  chunks: AsyncIterable<Uint8Array>,
  messageMaxBytes: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let wantedBytes = HEAD_BYTES;
  for await (const chunk of chunks) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wantedBytes) continue;
    const bytes = Buffer.concat(held);
    const { wholeBytes, nextBytes } = envelopesIn(bytes, messageMaxBytes);
    if (wholeBytes > 0) yield bytes.subarray(0, wholeBytes);
    held = [bytes.subarray(wholeBytes)];
    heldBytes -= wholeBytes;
    wantedBytes = nextBytes;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** How many bytes whole envelopes take at the beginning, and how many the next one takes, as far
 * as is known. */
function envelopesIn(
  bytes: Buffer,
  messageMaxBytes: number,
): { wholeBytes: number; nextBytes: number } {
  let wholeBytes = 0;
  while (bytes.length - wholeBytes >= HEAD_BYTES) {
    const messageBytes = bytes.readUInt32BE(wholeBytes + LENGTH_OFFSET);
    if (messageBytes > messageMaxBytes) return { wholeBytes: bytes.length, nextBytes: HEAD_BYTES };
    const nextBytes = HEAD_BYTES + messageBytes;
    if (bytes.length - wholeBytes < nextBytes) return { wholeBytes, nextBytes };
    wholeBytes += nextBytes;
  }
  return { wholeBytes, nextBytes: HEAD_BYTES };
}
