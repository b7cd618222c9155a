// What holds for every call, whatever it does: it ends by its caller's deadline, and what it throws
// becomes an answer that hides bugs from the caller and shows them in the log. What breaks while a
// stream of requests is read is none of them: either the client is gone, or it sent what cannot be
// read.

import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import type { Logger } from '../../telemetry/log.ts';
import { receivedCall } from './received-call.ts';
import { abortedCall, callErrorType, connectErrorFrom } from './rpc-error.ts';
import { unreadable } from './unread-call.ts';

/** Wraps every call. Logs each error that no refusal explains, with its method. */
export function createCallGuard(log: Logger): Interceptor {
  return (next) => async (request) => {
    const call = receivedCall({ values: request.contextValues });
    call.isRead = true;
    const failed = (error: unknown): ConnectError => {
      const answer = connectErrorFrom(error);
      call.errorType = callErrorType(answer);
      if (answer.code === Code.Internal) {
        log.error('A call failed', {
          method: `${request.service.typeName}/${request.method.name}`,
          error,
        });
      }
      return answer;
    };
    const { account } = receivedCall({ values: request.contextValues });
    try {
      const read = request.stream
        ? { ...request, message: guarded(request.message, unread) }
        : request;
      const work = next(read);
      // It goes on after the client has given up.
      account.keep();
      const release = () => account.release();
      work.then(release, release);
      const response = await beforeAbort(work, request.signal);
      return response.stream
        ? { ...response, message: guarded(response.message, failed) }
        : response;
    } catch (error) {
      throw failed(error);
    }
  };
}

/** The result of the work, or the reason why nobody waits for it any longer. Work that sees the
 * deadline itself gets the last word: a lock that was waited for is locked, which says more than
 * that the time is over. */
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

/** Why the next message of a request could not be read. Connect says itself what is wrong with a
 * message; all else comes from the connection. */
function unread(error: unknown): ConnectError {
  if (!(error instanceof ConnectError)) return abortedCall(error);
  return error.code === Code.Internal ? unreadable(error.rawMessage) : error;
}

async function* guarded<T>(messages: AsyncIterable<T>, failed: (error: unknown) => ConnectError) {
  try {
    yield* messages;
  } catch (error) {
    throw failed(error);
  }
}
