// gzip as calls are compressed with, its output charged to the call: a body of one kilobyte may
// become a thousand.

import type { Compression } from '@connectrpc/connect/protocol';
import { compressionGzip } from '@connectrpc/connect-node';
import { currentCall, type ReceivedCall } from './received-call.ts';
import { callErrorType, connectErrorFrom } from './rpc-error.ts';

/** Bodies that are decompressed at once; the next ones wait. Nobody knows before how large they
 * become, and zlib's threads are no more than this. */
const AT_ONCE_MAX = 4;

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
      const call = currentCall();
      return inTurn(async () => {
        const expanded = await compressionGzip.decompress(bytes, readMaxBytes);
        chargeExpanded(call, expanded.byteLength);
        return expanded;
      });
    },
  };
}

function chargeExpanded(call: ReceivedCall, bytes: number): void {
  try {
    call.account.chargeExpanded(bytes);
  } catch (error) {
    const answer = connectErrorFrom(error);
    call.errorType = callErrorType(answer);
    throw answer;
  }
}
