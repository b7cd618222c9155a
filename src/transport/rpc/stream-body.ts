// The body of a call as Connect's router reads it. gRPC, gRPC-Web and streams of Connect send each
// message in an envelope. Connect allocates all of a message as soon as it knows its length, and
// copies what it has with each chunk, so it gets an envelope when all of it has arrived; and without
// compression, since what a message becomes by decompression has to be charged to its call.

import type { Exchange } from '../server/http-exchange.ts';
import { bodyTooLarge } from '../too-large.ts';
import { COMPRESSED, checkFlags, envelope, HEAD_BYTES, LENGTH_OFFSET } from '../wires/envelope.ts';
import { inflate } from '../wires/inflate.ts';
import { jsonTextFrom } from '../wires/json-text.ts';
import { connectErrorFrom } from '../wires/rpc-error.ts';
import type { CallForm } from '../wires/wire.ts';

/** The envelopes of a body, checked and one by one; what is left of a body that ends within an
 * envelope comes last. Throws the answer to what is wrong with one, or to a body whose rest is not
 * waited for any longer. */
export async function* envelopesOf(
  exchange: Exchange,
  options: { format: CallForm['format']; maxBytes: number; mayBeCompressed: boolean },
): AsyncGenerator<Uint8Array> {
  const { format, maxBytes, mayBeCompressed } = options;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let neededBytes = HEAD_BYTES;
  try {
    for await (const chunk of chunksOf(exchange)) {
      held.push(chunk);
      heldBytes += chunk.length;
      while (heldBytes >= neededBytes) {
        const bytes = Buffer.concat(held);
        const messageBytes = bytes.readUInt32BE(LENGTH_OFFSET);
        if (messageBytes > maxBytes) throw bodyTooLarge(maxBytes);
        neededBytes = HEAD_BYTES + messageBytes;
        held = [bytes];
        if (heldBytes < neededBytes) break;
        yield await checked(bytes.subarray(0, neededBytes));
        held = [bytes.subarray(neededBytes)];
        heldBytes -= neededBytes;
        neededBytes = HEAD_BYTES;
      }
    }
  } catch (error) {
    throw isConnectionLost(error) ? error : connectErrorFrom(error);
  }
  if (heldBytes > 0) yield Buffer.concat(held);

  async function checked(whole: Buffer): Promise<Uint8Array> {
    const flags = whole.readUInt8();
    checkFlags(flags, mayBeCompressed);
    let message: Uint8Array = whole.subarray(HEAD_BYTES);
    if (flags === COMPRESSED)
      message = await inflate(message, { maxBytes, account: exchange.account });
    if (format === 'json') jsonTextFrom(message);
    return flags === COMPRESSED ? envelope(message) : whole;
  }
}

/** The chunks of the body. Does not destroy a body that is not read to its end, which would leave
 * the HTTP/1.1 connection below without a reader: its next request would wait forever. */
async function* chunksOf(exchange: Exchange): AsyncGenerator<Buffer> {
  const refused = Promise.withResolvers<never>();
  // It is raced for while a chunk is waited for; between two nobody handles it.
  refused.promise.catch(() => {});
  exchange.refuseBody = refused.reject;
  const chunks = exchange.body.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const chunk = await Promise.race([refused.promise, chunks.next()]);
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    exchange.refuseBody = undefined;
    // Not awaited: it ends only with the chunk that is waited for.
    void chunks.return?.();
  }
}

/** What the body's own stream fails with. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
