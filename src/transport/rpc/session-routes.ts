// Which methods of SessionService a listener serves.

import type { ConnectRouter } from '@connectrpc/connect';
import { SessionService as SessionServiceDesc } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { createSessionMethods, type SessionMethodName } from './session-methods.ts';

/** Adds these methods; the others are not there. */
export function sessionRoutes(service: SessionService, names: readonly SessionMethodName[]) {
  const methods = createSessionMethods(service);
  return (router: ConnectRouter): void => {
    const descs = SessionServiceDesc.method;
    if (names.includes('persist')) router.rpc(descs.persist, methods.persist);
    if (names.includes('restore')) router.rpc(descs.restore, methods.restore);
    if (names.includes('inspect')) router.rpc(descs.inspect, methods.inspect);
  };
}
