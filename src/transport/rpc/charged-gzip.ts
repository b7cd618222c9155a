// gzip as calls are compressed with, its output charged to the call: a body of one kilobyte may
// become a thousand.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Compression } from '@connectrpc/connect/protocol';
import { compressionGzip } from '@connectrpc/connect-node';
import type { ReceivedCall } from './received-call.ts';
import { callErrorType, connectErrorFrom } from './rpc-error.ts';

/** Bodies that are decompressed at once; the next ones wait. Nobody knows before how large they
 * become, and zlib's threads are no more than this. */
const AT_ONCE_MAX = 4;

/** Connect hands a compression nothing but bytes. */
const CALLS = new AsyncLocalStorage<ReceivedCall>();

/** Does the work of a call whose compressed messages are charged to its account. */
export function chargingGzip<T>(call: ReceivedCall, work: () => T): T {
  return CALLS.run(call, work);
}

/** Creates the compression. Decompressing refuses (`overloaded`) what there is no memory for. */
export function createChargedGzip(): Compression {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    ...compressionGzip,
    async decompress(bytes, readMaxBytes) {
      const call = CALLS.getStore();
      return inTurn(async () => {
        const expanded = await compressionGzip.decompress(bytes, readMaxBytes);
        chargeExpanded(call, expanded.byteLength);
        return expanded;
      });
    },
  };
}

function chargeExpanded(call: ReceivedCall | undefined, bytes: number): void {
  try {
    call?.account.chargeExpanded(bytes);
  } catch (error) {
    const answer = connectErrorFrom(error);
    if (call) call.errorType = callErrorType(answer);
    throw answer;
  }
}
