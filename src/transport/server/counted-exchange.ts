// The requests and responses of node:http and node:http2, which charge an account for the bytes
// that they hold, whoever reads or writes them.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ByteAccount } from './byte-budget.ts';
import type { HttpRequest, HttpResponse } from './http-exchange.ts';

/** A request whose body is charged. */
export type CountedRequest = HttpRequest & { account: ByteAccount | undefined };

/** A response whose part that has not been taken is charged. */
export type CountedResponse = HttpResponse & { account: ByteAccount | undefined };

/** What `push` does for both kinds of requests: false means that the chunk is to be dropped. */
function charge(account: ByteAccount | undefined, chunk: Buffer | null): boolean {
  if (account === undefined) return true;
  if (chunk !== null) return account.chargeChunk(chunk.length);
  account.chargeReading();
  // The end is the end, also of a body that was refused.
  return true;
}

export class CountedHttp1Request extends IncomingMessage {
  account: ByteAccount | undefined = undefined;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    return !charge(this.account, chunk) || super.push(chunk, encoding);
  }
}

export class CountedHttp1Response extends ServerResponse {
  account: ByteAccount | undefined = undefined;

  override write(...given: unknown[]): boolean {
    const isRoomy = super.write(...(given as [string]));
    this.account?.noteUntaken(this.writableLength, false);
    return isRoomy;
  }

  override end(...given: unknown[]): this {
    super.end(...(given as [string]));
    this.account?.noteUntaken(this.writableLength, true);
    return this;
  }
}

export class CountedHttp2Request extends Http2ServerRequest {
  account: ByteAccount | undefined = undefined;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    return !charge(this.account, chunk) || super.push(chunk, encoding);
  }
}

export class CountedHttp2Response extends Http2ServerResponse {
  account: ByteAccount | undefined = undefined;

  override write(...given: unknown[]): boolean {
    const isRoomy = super.write(...(given as [string]));
    this.account?.noteUntaken(this.writableLength, false);
    return isRoomy;
  }

  // It writes what it is given by `write`.
  override end(...given: unknown[]): this {
    super.end(...(given as [string]));
    this.account?.noteUntaken(this.writableLength, true);
    return this;
  }
}
