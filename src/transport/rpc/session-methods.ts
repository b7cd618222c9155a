// The methods of SessionService: each turns its request into a call of the service and the service's answer
// into its response. None decides anything.

import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  InspectRequestSchema,
  PersistRequestSchema,
  RestoreRequestSchema,
  type SessionService as SessionServiceDesc,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { inspectionMessage, summaryMessage } from './inspection-message.ts';
import { persistCommandFrom, persistResponse } from './persist-message.ts';
import { receivedCall } from './received-call.ts';
import { checkRules } from './request-rules.ts';
import { sessionMessage } from './session-message.ts';

export type SessionMethods = ServiceImpl<typeof SessionServiceDesc>;

/** The names of the methods, as routes are chosen by. */
export type SessionMethodName = keyof SessionMethods;

export function createSessionMethods(service: SessionService): SessionMethods {
  return {
    async persist(request, context) {
      checkRules(PersistRequestSchema, request);
      return persistResponse(await service.persist(persistCommandFrom(request, receiptOf(context))));
    },

    async restore(request, context) {
      checkRules(RestoreRequestSchema, request);
      const { sessionId, userId } = request;
      const session = await service.restore({ receipt: receiptOf(context), sessionId, userId });
      if (!session) throw new Refusal('not_found', 'there is no live session of that session_id or user_id');
      return { session: sessionMessage(session) };
    },

    async inspect(request, context) {
      checkRules(InspectRequestSchema, request);
      const receipt = receiptOf(context);
      const { case: target, value: id = '' } = request.target;
      if (target === 'userId') {
        const sessions = await service.inspectUser({ receipt, userId: id });
        return { sessions: sessions.map(summaryMessage) };
      }
      const inspection = await service.inspect({ receipt, sessionId: id });
      if (!inspection) throw new Refusal('not_found', 'there is no live session of that session_id');
      return { session: inspectionMessage(inspection) };
    },
  };
}

function receiptOf(context: HandlerContext) {
  return receivedCall(context).receive();
}
