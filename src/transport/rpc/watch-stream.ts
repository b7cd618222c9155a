// Watch, the stream of SessionService.

import type { ConnectRouter } from '@connectrpc/connect';
import {
  SessionService as SessionServiceDesc,
  WatchRequestSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { checkRights } from '../../service/access/rights.ts';
import type { SessionService } from '../../service/session-service.ts';
import { invalid, Refusal } from '../../session/errors.ts';
import { abortedCall } from '../wires/rpc-error.ts';
import type { CurrentCaller } from './bearer-gate.ts';
import { checkRules } from './request-rules.ts';
import { carriedCall } from './routed-call.ts';

const POSITIONS_MAX = 100;

/** Adds Watch. Once `closing` is aborted, every call ends; so does one whose caller has lost its right
 * to the next event. */
export function watchRoute(
  service: SessionService,
  { closing, currentCaller }: { closing: AbortSignal; currentCaller: CurrentCaller },
) {
  return (router: ConnectRouter): void => {
    router.rpc(SessionServiceDesc.method.watch, async function* (request, { signal, values }) {
      const { headers, receive } = carriedCall(values);
      const receipt = receive();
      checkPositions(request.resumeFrom.length);
      await checkRules(WatchRequestSchema, request);
      const { watchCommandFrom, watchResponse } = await import('./watch-message.ts');
      const ending = AbortSignal.any([signal, closing]);
      const command = watchCommandFrom(request, { receipt, signal: ending });
      for await (const event of service.watch(command)) {
        checkRights(currentCaller(headers), 'restore', event);
        yield watchResponse(event);
      }
      if (closing.aborted) throw shuttingDown();
      throw abortedCall(signal.reason);
    });
  };
}

/** Refuses (`invalid`) too many positions before the rules look at each of them. */
function checkPositions(count: number): void {
  if (count <= POSITIONS_MAX) return;
  throw invalid('/resumeFrom', `resume_from has ${count} positions, the most is ${POSITIONS_MAX}`);
}

function shuttingDown(): Refusal {
  return new Refusal(
    'overloaded',
    'the service is shutting down: ' +
      'call Watch again, with the positions of the last events in resume_from',
  );
}
