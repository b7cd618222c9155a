// The routes of the webhook listener: second names of the methods of WebhookService, by which flows
// may call them, and what a developer looks at. Each turns a request into a call and its answer into
// JSON; none decides anything.

import type {
  RestoredSession,
  SessionInspection,
  SessionService,
} from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { checkResolvedId } from '../../session/identifier.ts';
import { membersText } from '../../session/json/members.ts';
import { errorStatusOf } from '../error-answer.ts';
import { errorBody } from '../json-answer.ts';
import { deleteSession, deleteUser } from './delete-method.ts';
import { inspectionMembers } from './inspection-answer.ts';
import { flagOf, parameterOf } from './query-fields.ts';
import { revisionFrom } from './revision.ts';
import { ok, type Route, type RouteAnswer, type RouteRequest } from './route.ts';
import { sessionMembers } from './session-answer.ts';
import type { WebhookAnswer } from './webhook-call.ts';
import { createWebhookMethods, type WebhookMethod } from './webhook-methods.ts';

/** The routes, in the order of the README's table. */
export function createWebhookRoutes(service: SessionService): Route[] {
  const methods = createWebhookMethods(service);
  const save = answerOf(methods.save);
  const inspect = inspectOr('State not found or expired');
  const debug = inspectOr('Session not found or expired');
  return [
    { method: 'POST', pattern: '/webhook/cognigy/session', answer: save },
    { method: 'POST', pattern: '/webhook/cognigy/session-update', answer: save },
    { method: 'POST', pattern: '/webhook/cognigy/restore', answer: answerOf(methods.restore) },
    { method: 'POST', pattern: '/webhook/cognigy/delete', answer: answerOf(methods.delete) },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}', answer: inspect },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}/restore', answer: restoreFromPath },
    { method: 'DELETE', pattern: '/api/v1/state/{sessionId}', answer: sessionFromPath },
    { method: 'DELETE', pattern: '/api/v1/users/{userId}', answer: userFromPath },
    { method: 'GET', pattern: '/debug/session/{sessionId}', answer: debug },
  ];

  async function sessionFromPath({ id, ...call }: RouteRequest): Promise<RouteAnswer> {
    return okOf(await deleteSession(service, { ...call, sessionId: id }));
  }

  async function userFromPath({ id, ...call }: RouteRequest): Promise<RouteAnswer> {
    return okOf(await deleteUser(service, { ...call, userId: id }));
  }

  async function restoreFromPath({ receipt, id, query }: RouteRequest): Promise<RouteAnswer> {
    const revision = revisionFrom(parameterOf(query, 'revision'));
    const session = await service.restore({ receipt, sessionId: id, userId: '', revision });
    if (!session) throw new Refusal('not_found', 'No state available for restoration');
    return ok(membersText(sessionMembers(session)), session.etag);
  }

  function inspectOr(missing: string): Route['answer'] {
    return async ({ receipt, id, query }) => {
      const revision = revisionFrom(parameterOf(query, 'revision'));
      const includeRaw = flagOf(query, 'raw');
      checkResolvedId(id, { pointer: '/sessionId', required: true });
      const inspection = await service.inspect({ receipt, sessionId: id, revision });
      if (!inspection) throw new Refusal('not_found', missing);
      const members = inspectionMembers(inspection, { includeRaw });
      return inspection.state.outcome === 'fallback'
        ? corrupt(inspection.state, members)
        : inspected(inspection, members);
    };
  }
}

function answerOf(method: WebhookMethod): Route['answer'] {
  return async (request) => okOf(await method(request));
}

function okOf({ json, etag }: WebhookAnswer): RouteAnswer {
  return ok(json, etag);
}

function inspected({ state }: SessionInspection, members: Record<string, unknown>): RouteAnswer {
  return ok(membersText({ ...sessionMembers(state), ...members }), state.etag);
}

/** Nothing of the session could be read: an error for whoever inspects, with the frames as
 * evidence. */
function corrupt(
  { sessionId, outcome }: RestoredSession,
  members: Record<string, unknown>,
): RouteAnswer {
  const refusal = new Refusal('damaged', 'State corruption detected');
  const { reason, message } = refusal;
  const { status, code } = errorStatusOf(refusal);
  const error = errorBody({ code, reason, message });
  const said = { ...error, action: 'Fallback state returned', sessionId, outcome };
  return {
    status,
    refused: reason,
    body: JSON.stringify({ ...said, ...members }),
    etag: '',
  };
}
