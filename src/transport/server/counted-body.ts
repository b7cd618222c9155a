// Request bodies of node:http and node:http2 that charge an account for the bytes that they hold,
// whatever reads them.

import { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { ByteAccount } from './byte-budget.ts';

/** A body whose bytes are charged as soon as it has an account. */
export type CountedBody = Readable & { account: ByteAccount | undefined };

/** False if the chunk is to be dropped. */
function charge(account: ByteAccount | undefined, chunk: Buffer | null): boolean {
  if (account === undefined) return true;
  if (chunk !== null) return account.chargeChunk(chunk.length);
  account.chargeReading();
  // The end is the end, also of a body that was refused.
  return true;
}

/** A request of HTTP/1.1. */
export class CountedRequest extends IncomingMessage {
  account: ByteAccount | undefined = undefined;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    return !charge(this.account, chunk) || super.push(chunk, encoding);
  }
}

/** A stream of HTTP/2, which node:http2 creates of no class of ours. */
export function countStream(stream: ServerHttp2Stream): CountedBody {
  return Object.assign(stream, { account: undefined, push: pushCounted });
}

function pushCounted(this: CountedBody, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  return !charge(this.account, chunk) || Readable.prototype.push.call(this, chunk, encoding);
}
