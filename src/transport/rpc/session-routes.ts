// Which methods of SessionService a listener serves.

import type { DescMethodUnary } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { SessionService as SessionServiceDesc } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { createSessionMethods, type SessionMethodName } from './session-methods.ts';

/** Every method there is. */
export const SESSION_METHOD_NAMES = Object.keys(SessionServiceDesc.method) as SessionMethodName[];

/** Adds these methods; the others are not there. `closing` is aborted when the process begins to
 * shut down. */
export function sessionRoutes(
  service: SessionService,
  { names, closing }: { names: readonly SessionMethodName[]; closing: AbortSignal },
) {
  const methods = createSessionMethods(service, closing);
  return (router: ConnectRouter): void => {
    // That a method and its description belong together is known by their name, which no type
    // follows.
    for (const name of names)
      router.rpc(SessionServiceDesc.method[name] as DescMethodUnary, methods[name] as never);
  };
}
