// The body of a call, as Connect reads it. connect-node's own way destroys a body that is not read
// to its end, which leaves the HTTP/1.1 connection below without a reader: its next request would
// wait for ever.

import type { Exchange, HttpRequest } from '../server/http-exchange.ts';
import type { ReceivedCall } from './received-call.ts';
import { connectErrorFrom } from './rpc-error.ts';

/** The chunks of the body. Whoever stops reading leaves the rest to the listener. Throws what
 * Connect answers, if the rest is not waited for any longer, or there is no memory for it. */
export function callBody(
  { request, exchange }: { request: HttpRequest; exchange: Exchange },
  call: Pick<ReceivedCall, 'errorType'>,
): AsyncGenerator<Uint8Array> {
  const refused = Promise.withResolvers<never>();
  // It is raced for while a chunk is waited for, and unheard between two.
  refused.promise.catch(() => {});
  // From now on, not from the first chunk that is asked for: what is refused before must not be
  // read.
  exchange.refuseBody = (refusal) => {
    call.errorType = refusal.reason;
    refused.reject(connectErrorFrom(refusal));
  };
  return chunksUnless(refused.promise, request, exchange);
}

async function* chunksUnless(
  refused: Promise<never>,
  request: HttpRequest,
  exchange: Exchange,
): AsyncGenerator<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const chunk = await Promise.race([refused, chunks.next()]);
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    exchange.refuseBody = undefined;
    // Not awaited: it comes to its end only with the chunk that is waited for.
    void chunks.return?.();
  }
}
