// What holds for every call, whatever it does: it ends by its caller's deadline, and what it throws becomes an
// answer that hides bugs from the caller and shows them in the log.

import { Code, type ConnectError, type Interceptor } from '@connectrpc/connect';
import type { Logger } from '../../telemetry/log.ts';
import { receivedCall } from './received-call.ts';
import { abortedCall, callErrorType, connectErrorFrom } from './rpc-error.ts';

/** Wraps every call. Logs each error that no refusal explains, with its method. */
export function createCallGuard(log: Logger): Interceptor {
  return (next) => async (request) => {
    const failed = (error: unknown): ConnectError => {
      const answer = connectErrorFrom(error);
      receivedCall({ values: request.contextValues }).errorType = callErrorType(answer);
      if (answer.code === Code.Internal) {
        log.error('A call failed', { method: `${request.service.typeName}/${request.method.name}`, error });
      }
      return answer;
    };
    try {
      const response = await beforeAbort(next(request), request.signal);
      return response.stream ? { ...response, message: guarded(response.message, failed) } : response;
    } catch (error) {
      throw failed(error);
    }
  };
}

/** The result of the work, or the reason why nobody waits for it any longer. Work that sees the deadline itself
 * gets the last word: a lock that was waited for is locked, which says more than that the time is over. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    const answer = abortedCall(signal.reason);
    if (answer.code === Code.DeadlineExceeded) setImmediate(aborted.reject, answer);
    else aborted.reject(answer);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function* guarded<T>(messages: AsyncIterable<T>, failed: (error: unknown) => ConnectError) {
  try {
    yield* messages;
  } catch (error) {
    throw failed(error);
  }
}
