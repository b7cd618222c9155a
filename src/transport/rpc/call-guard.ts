// What holds for every call on Connect's router: what it throws becomes an answer that hides bugs from
// the caller and shows them in the log. What fails while a stream of requests is read is not one:
// either the client is gone, or it sent what cannot be read.

import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import type { Logger } from '../../telemetry/log.ts';
import { abortedCall, callErrorType, connectErrorFrom, unreadable } from '../wires/rpc-error.ts';
import { carriedCall } from './routed-call.ts';

/** Wraps every call. Logs each error that no refusal explains, with its method. */
export function createCallGuard(log: Logger): Interceptor {
  return (next) => async (request) => {
    const call = carriedCall(request.contextValues);
    const failed = (error: unknown): ConnectError => {
      const answer = connectErrorFrom(error);
      // A stream lasts for as long as its caller says: at its deadline nothing has failed.
      const hasLasted = request.stream && answer.code === Code.DeadlineExceeded;
      call.refused(hasLasted ? undefined : callErrorType(answer));
      const method = `${request.service.typeName}/${request.method.name}`;
      if (answer.code === Code.Internal) log.error('A call failed', { method, error });
      return answer;
    };
    try {
      const read = request.stream
        ? { ...request, message: guarded(request.message, unread) }
        : request;
      const response = await next(read);
      return response.stream
        ? { ...response, message: guarded(response.message, failed) }
        : response;
    } catch (error) {
      throw failed(error);
    }
  };
}

/** Why the next message of a request could not be read. Connect says itself what is wrong with a
 * message; everything else comes from the connection. */
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
