// The whole body of a request, within a limit.

import type { Exchange } from './http-exchange.ts';

/** Thrown where the client has left within its request: nobody reads an answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * Collects the body. Rejects with `ClientGone` if its client leaves, with the listener's refusal if
 * the listener gives up the body, and with what `tooLong` makes of the first bytes of one that is
 * longer than `maxBytes`. What comes after that is left to the listener, which drops it: a client
 * may read the answer only once it has sent everything.
 */
export function collectBody(
  exchange: Exchange,
  { maxBytes, tooLong }: { maxBytes: number; tooLong: (head: Buffer) => Error },
): Promise<Buffer> {
  const source = exchange.body;
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let isDone = false;
    const fail = (error: Error) => {
      isDone = true;
      // The request may be there for long, and with it what listens to it.
      chunks = [];
      exchange.refuseBody = undefined;
      reject(error);
    };
    exchange.refuseBody = fail;
    source.on('data', (chunk: Buffer) => {
      if (isDone) return;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) fail(tooLong(Buffer.concat(chunks)));
    });
    source.on('end', () => {
      if (isDone) return;
      // A stream of HTTP/2 ends like this, too, when its client resets it.
      if (source.closed) return fail(new ClientGone());
      isDone = true;
      exchange.refuseBody = undefined;
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    source.on('close', () => {
      if (!isDone) fail(new ClientGone());
    });
  });
}
