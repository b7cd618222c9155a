// The methods of SessionService: each turns its request into a call of the service and the
// service's answer into its response. None decides anything.

import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  Durability,
  SessionService as SessionServiceDesc,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { RestoredSession, SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { type Call, customMethod, generatedMethod, type Method } from '../wires/method.ts';
import { memberOf } from './enum-member.ts';
import { erasedSessionMessage, erasedUserMessage } from './erase-message.ts';
import { inspectionMessage, userInspectionResponse } from './inspection-message.ts';
import { listQueryFrom, listResponse } from './list-message.ts';
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
        await checkRules(DESCS.restore.input, request);
        const { receipt } = call;
        const { sessionId, userId, revision } = request;
        const session = await service.restore({ receipt, sessionId, userId, revision });
        if (!session)
          throw new Refusal('not_found', 'there is no live session of that session_id or user_id');
        reserveAnswer(call, session);
        return session;
      },
    }),

    touch: ruledMethod(DESCS.touch, async (request, { receipt }) => {
      const { sessionId, ttl } = request;
      const touched = await service.touch({ receipt, sessionId, ttlSeconds: ttl });
      if (!touched.found) throw notTouched(touched.isErased);
      const durability = memberOf(Durability, touched.durability);
      return { sessionId, ttlMs: BigInt(Math.round(touched.ttlMs)), durability };
    }),

    listSessions: ruledMethod(DESCS.listSessions, async (request, { receipt }) => {
      return listResponse(await service.listSessions(listQueryFrom(request, receipt)));
    }),

    lock: ruledMethod(DESCS.lock, async ({ sessionId, token, ttlMs, waitMs }, call) => {
      // A caller may wait for longer than the process has to end.
      const signal = AbortSignal.any([call.signal, closing]);
      return service.lock({ receipt: call.receipt, signal, sessionId, token, ttlMs, waitMs });
    }),

    unlock: ruledMethod(DESCS.unlock, async (request, { receipt }) => {
      const { sessionId, token } = request;
      await service.unlock({ receipt, sessionId, token });
      return {};
    }),

    erase: ruledMethod(DESCS.erase, async (request, { receipt }) => {
      const { sessionId, ifMatch, updateId } = request;
      const erased = await service.erase({ receipt, sessionId, ifMatch, updateId });
      return { session: erasedSessionMessage(erased) };
    }),

    eraseUser: ruledMethod(DESCS.eraseUser, async (request, { receipt }) => {
      const { userId } = request;
      return erasedUserMessage(await service.eraseUser({ receipt, userId }));
    }),

    inspect: ruledMethod(DESCS.inspect, async (request, call) => {
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

    timeline: ruledMethod(DESCS.timeline, async (request, { receipt, account }) => {
      const { sessionId, newestFirst, pageSize, pageToken, valueMaxBytes } = request;
      const shown = { newestFirst, pageSize, pageToken, valueMaxBytes };
      const timeline = await service.timeline({ receipt, sessionId, ...shown });
      if (!timeline) throw noLiveSession();
      const { timelineCharacters, timelineMessage } = await import('./timeline-message.ts');
      account.reserveAnswer(timelineCharacters(timeline));
      return timelineMessage(timeline);
    }),

    explain: ruledMethod(DESCS.explain, async (request, { receipt, account }) => {
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

/** A method that checks its requests by the rules of the proto. */
function ruledMethod<Desc extends DescMethodUnary>(
  desc: Desc,
  handle: (
    request: MessageShape<Desc['input']>,
    call: Call,
  ) => Promise<MessageInitShape<Desc['output']>>,
): Method {
  return generatedMethod<Desc>(desc, async (request, call) => {
    await checkRules(desc.input, request);
    return handle(request, call);
  });
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
