// ExportUser, a stream of SessionService.

import type { ConnectRouter } from '@connectrpc/connect';
import {
  ExportUserRequestSchema,
  SessionService as SessionServiceDesc,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { checkRules } from './request-rules.ts';
import { carriedCall } from './routed-call.ts';

/** Adds ExportUser. A call whose export is not complete fails once all of it has been sent. */
export function exportRoute(service: SessionService) {
  return (router: ConnectRouter): void => {
    router.rpc(SessionServiceDesc.method.exportUser, async function* (request, { values }) {
      const receipt = carriedCall(values).receive();
      await checkRules(ExportUserRequestSchema, request);
      const { exportMessage } = await import('./export-message.ts');
      const { userId } = request;
      for await (const part of service.exportUser({ receipt, userId, isCheckOnly: false })) {
        yield exportMessage(part);
        if (part.kind !== 'end' || part.isComplete) continue;
        const { incompleteExport } = await import('./incomplete-export.ts');
        throw incompleteExport(part);
      }
    });
  };
}
