// The methods of SessionService: each turns its request into a call of the service and the
// service's answer into its response. None decides anything.

import {
  EraseRequestSchema,
  EraseUserRequestSchema,
  ExplainRequestSchema,
  InspectRequestSchema,
  ListSessionsRequestSchema,
  LockRequestSchema,
  RestoreRequestSchema,
  SessionService as SessionServiceDesc,
  TimelineRequestSchema,
  TouchRequestSchema,
  UnlockRequestSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { RestoredSession, SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { type Call, customMethod, generatedMethod, type Method } from '../wires/method.ts';
import { durabilityMessage } from './durability-message.ts';
import { erasedSessionMessage, erasedUserMessage } from './erase-message.ts';
import { inspectionMessage, userInspectionResponse } from './inspection-message.ts';
import { listQueryFrom, listResponse } from './list-message.ts';
import { lockCommandFrom, lockResponse } from './lock-message.ts';
import { PERSIST_CODEC } from './persist-codec.ts';
import { persistInputFrom, persistResponse } from './persist-message.ts';
import { checkPersistRules, checkRules } from './request-rules.ts';
import { RESTORE_CODEC } from './restore-codec.ts';
import { sessionMessage } from './session-message.ts';

const { method: DESCS } = SessionServiceDesc;

/** The names of the methods with one answer, as listeners choose them. */
export type SessionMethodName = Exclude<keyof typeof DESCS, 'watch' | 'exportUser'>;

/** Every one of them. */
export const SESSION_METHOD_NAMES = Object.keys(DESCS).filter(
  (name): name is SessionMethodName => name !== 'watch' && name !== 'exportUser',
);

/** The methods, of which a listener serves those that it names. Once `closing` is aborted nobody
 * waits for a lock any more. */
export function createSessionMethods(
  service: SessionService,
  closing: AbortSignal,
): Record<SessionMethodName, Method> {
  return {
    persist: customMethod(DESCS.persist, {
      codec: PERSIST_CODEC,
      fromMessage: persistInputFrom,
      toMessage: persistResponse,
      handle(input, { receipt }) {
        const checked = checkPersistRules(input);
        const persist = () => service.persist({ ...input, receipt });
        return checked === undefined ? persist() : checked.then(persist);
      },
    }),

    restore: customMethod(DESCS.restore, {
      codec: RESTORE_CODEC,
      fromMessage: (request) => request,
      toMessage: (session) => ({ session: sessionMessage(session) }),
      async handle(request, call) {
        await checkRules(RestoreRequestSchema, request);
        const { receipt } = call;
        const { sessionId, userId, revision } = request;
        const session = await service.restore({ receipt, sessionId, userId, revision });
        if (!session)
          throw new Refusal('not_found', 'there is no live session of that session_id or user_id');
        reserveAnswer(call, session);
        return session;
      },
    }),

    touch: generatedMethod(DESCS.touch, async (request, { receipt }) => {
      await checkRules(TouchRequestSchema, request);
      const { sessionId, ttl } = request;
      const touched = await service.touch({ receipt, sessionId, ttlSeconds: ttl });
      if (!touched.found) throw notTouched(touched.isErased);
      const { durability, ttlMs } = touched;
      const kept = durabilityMessage(durability);
      return { sessionId, ttlMs: BigInt(Math.round(ttlMs)), durability: kept };
    }),

    listSessions: generatedMethod(DESCS.listSessions, async (request, { receipt }) => {
      await checkRules(ListSessionsRequestSchema, request);
      return listResponse(await service.listSessions(listQueryFrom(request, receipt)));
    }),

    lock: generatedMethod(DESCS.lock, async (request, { receipt, signal }) => {
      await checkRules(LockRequestSchema, request);
      // A caller may wait for longer than the process has to end.
      const call = { receipt, signal: AbortSignal.any([signal, closing]) };
      return lockResponse(await service.lock(lockCommandFrom(request, call)));
    }),

    unlock: generatedMethod(DESCS.unlock, async (request, { receipt }) => {
      await checkRules(UnlockRequestSchema, request);
      const { sessionId, token } = request;
      await service.unlock({ receipt, sessionId, token });
      return {};
    }),

    erase: generatedMethod(DESCS.erase, async (request, { receipt }) => {
      await checkRules(EraseRequestSchema, request);
      const { sessionId, ifMatch, updateId } = request;
      const erased = await service.erase({ receipt, sessionId, ifMatch, updateId });
      return { session: erasedSessionMessage(erased) };
    }),

    eraseUser: generatedMethod(DESCS.eraseUser, async (request, { receipt }) => {
      await checkRules(EraseUserRequestSchema, request);
      const { userId } = request;
      return erasedUserMessage(await service.eraseUser({ receipt, userId }));
    }),

    inspect: generatedMethod(DESCS.inspect, async (request, call) => {
      await checkRules(InspectRequestSchema, request);
      const { receipt } = call;
      const { case: target, value: id = '' } = request.target;
      if (target === 'userId') {
        return userInspectionResponse(await service.inspectUser({ receipt, userId: id }));
      }
      const { revision, includeRaw } = request;
      const inspection = await service.inspect({ receipt, sessionId: id, revision });
      if (!inspection) throw noLiveSession();
      reserveAnswer(call, inspection.state);
      return { session: inspectionMessage(inspection, { includeRaw }) };
    }),

    timeline: generatedMethod(DESCS.timeline, async (request, { receipt, account }) => {
      await checkRules(TimelineRequestSchema, request);
      const { sessionId, newestFirst, pageSize, pageToken, valueMaxBytes } = request;
      const shown = { newestFirst, pageSize, pageToken, valueMaxBytes };
      const timeline = await service.timeline({ receipt, sessionId, ...shown });
      if (!timeline) throw noLiveSession();
      const { timelineCharacters, timelineMessage } = await import('./timeline-message.ts');
      account.reserveAnswer(timelineCharacters(timeline));
      return timelineMessage(timeline);
    }),

    explain: generatedMethod(DESCS.explain, async (request, { receipt, account }) => {
      await checkRules(ExplainRequestSchema, request);
      const { sessionId, pointer, revision, valueMaxBytes, wholeValue } = request;
      const shown = { valueMaxBytes, wholeValue };
      const explained = await service.explain({ receipt, sessionId, pointer, revision, ...shown });
      if (!explained) throw noLiveSession();
      const { explanationCharacters, explanationMessage } = await import(
        './explanation-message.ts'
      );
      account.reserveAnswer(explanationCharacters(explained));
      return explanationMessage(explained);
    }),
  };
}

/** Refuses (`overloaded`) a session that there is no memory to answer with, before a message is
 * made of it. */
function reserveAnswer({ account }: Call, { variables, context }: RestoredSession): void {
  let characters = 0;
  for (const { key, json } of variables) characters += key.length + json.length;
  for (const { key, json } of context) characters += key.length + json.length;
  account.reserveAnswer(characters);
}

function notTouched(isErased: boolean): Refusal {
  return isErased ? new Refusal('not_found', 'the session was erased') : noLiveSession();
}

function noLiveSession(): Refusal {
  return new Refusal('not_found', 'there is no live session of that session_id');
}
