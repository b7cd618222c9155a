// The methods of SessionService: each turns its request into a call of the service and the
// service's answer into its response. None decides anything.

import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  EraseRequestSchema,
  EraseUserRequestSchema,
  InspectRequestSchema,
  LockRequestSchema,
  PersistRequestSchema,
  RestoreRequestSchema,
  type SessionService as SessionServiceDesc,
  UnlockRequestSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { RestoredSession, SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { erasedSessionMessage, erasedUserMessage } from './erase-message.ts';
import { inspectionMessage, userInspectionResponse } from './inspection-message.ts';
import { lockCommandFrom, lockResponse } from './lock-message.ts';
import { checkPersistCounts, persistCommandFrom, persistResponse } from './persist-message.ts';
import { callReceipt, receivedCall } from './received-call.ts';
import { checkRules } from './request-rules.ts';
import { sessionMessage } from './session-message.ts';

export type SessionMethods = ServiceImpl<typeof SessionServiceDesc>;

/** The names of the methods, as routes are chosen by. */
export type SessionMethodName = keyof SessionMethods;

/** Once `closing` is aborted nobody waits for a lock any more. */
export function createSessionMethods(
  service: SessionService,
  closing: AbortSignal,
): SessionMethods {
  return {
    async persist(request, context) {
      checkPersistCounts(request);
      checkRules(PersistRequestSchema, request);
      return persistResponse(
        await service.persist(persistCommandFrom(request, callReceipt(context))),
      );
    },

    async restore(request, context) {
      checkRules(RestoreRequestSchema, request);
      const { sessionId, userId, revision } = request;
      const session = await service.restore({
        receipt: callReceipt(context),
        sessionId,
        userId,
        revision,
      });
      if (!session)
        throw new Refusal('not_found', 'there is no live session of that session_id or user_id');
      reserveAnswer(context, session);
      return { session: sessionMessage(session) };
    },

    async lock(request, context) {
      checkRules(LockRequestSchema, request);
      // Whoever waits for a lock may wait for longer than the process has to end.
      const signal = AbortSignal.any([context.signal, closing]);
      const call = { receipt: callReceipt(context), signal };
      return lockResponse(await service.lock(lockCommandFrom(request, call)));
    },

    async unlock(request, context) {
      checkRules(UnlockRequestSchema, request);
      const { sessionId, token } = request;
      await service.unlock({ receipt: callReceipt(context), sessionId, token });
      return {};
    },

    async erase(request, context) {
      checkRules(EraseRequestSchema, request);
      const { sessionId, ifMatch, updateId } = request;
      const erased = await service.erase({
        receipt: callReceipt(context),
        sessionId,
        ifMatch,
        updateId,
      });
      return { session: erasedSessionMessage(erased) };
    },

    async eraseUser(request, context) {
      checkRules(EraseUserRequestSchema, request);
      const { userId } = request;
      return erasedUserMessage(await service.eraseUser({ receipt: callReceipt(context), userId }));
    },

    async inspect(request, context) {
      checkRules(InspectRequestSchema, request);
      const receipt = callReceipt(context);
      const { case: target, value: id = '' } = request.target;
      if (target === 'userId') {
        return userInspectionResponse(await service.inspectUser({ receipt, userId: id }));
      }
      const { revision, includeRaw } = request;
      const inspection = await service.inspect({ receipt, sessionId: id, revision });
      if (!inspection)
        throw new Refusal('not_found', 'there is no live session of that session_id');
      reserveAnswer(context, inspection.state);
      return { session: inspectionMessage(inspection, { includeRaw }) };
    },
  };
}

/** Refuses (`overloaded`) a session that there is no memory to answer with, before a message is
 * made of it. */
function reserveAnswer(
  context: HandlerContext,
  { variables, context: entries }: RestoredSession,
): void {
  let characters = 0;
  for (const { key, json } of variables) characters += key.length + json.length;
  for (const { key, json } of entries) characters += key.length + json.length;
  receivedCall(context).account.reserveAnswer(characters);
}
