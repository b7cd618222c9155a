// The routes of the webhook listener: what Cognigy flows post to, and what a developer looks at.
// Each turns a request into a call of the service and the service's answer into JSON; none decides
// anything.

import type {
  RestoredSession,
  SessionInspection,
  SessionService,
} from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { checkResolvedId } from '../../session/identifier.ts';
import { errorStatusOf } from '../error-answer.ts';
import { errorBody } from '../json-answer.ts';
import { fieldOf, textFrom } from './body-fields.ts';
import { createEraseRoutes } from './erase-routes.ts';
import { inspectionMembers } from './inspection-answer.ts';
import { persistedJson } from './persist-answer.ts';
import { postedUpdateFrom } from './posted-update.ts';
import { preconditionIn } from './precondition.ts';
import { flagOf, parameterOf } from './query-fields.ts';
import { revisionFrom } from './revision.ts';
import { ok, type Route, type RouteAnswer, type RouteRequest } from './route.ts';
import { sessionMembers } from './session-answer.ts';

export function createWebhookRoutes(service: SessionService): Route[] {
  const { eraseFromBody, eraseSession, eraseUser } = createEraseRoutes(service);
  const inspect = inspectOr('State not found or expired');
  const debug = inspectOr('Session not found or expired');
  return [
    { method: 'POST', pattern: '/webhook/cognigy/session', answer: persist },
    { method: 'POST', pattern: '/webhook/cognigy/session-update', answer: persist },
    { method: 'POST', pattern: '/webhook/cognigy/restore', answer: restoreFromBody },
    { method: 'POST', pattern: '/webhook/cognigy/delete', answer: eraseFromBody },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}', answer: inspect },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}/restore', answer: restoreFromPath },
    { method: 'DELETE', pattern: '/api/v1/state/{sessionId}', answer: eraseSession },
    { method: 'DELETE', pattern: '/api/v1/users/{userId}', answer: eraseUser },
    { method: 'GET', pattern: '/debug/session/{sessionId}', answer: debug },
  ];

  async function persist({ receipt, body, headers }: RouteRequest): Promise<RouteAnswer> {
    const posted = postedUpdateFrom(body);
    const ifMatch = preconditionIn(headers, posted.ifMatch);
    const persisted = await service.persist({ ...posted, ifMatch, receipt });
    return ok(persistedJson(persisted), persisted.etag);
  }

  async function restoreFromBody({ receipt, body }: RouteRequest): Promise<RouteAnswer> {
    const sessionId = textFrom(fieldOf(body, ['sessionId', 'session_id']));
    const userId = textFrom(fieldOf(body, ['userId', 'user_id']));
    const revision = revisionFrom(fieldOf(body, ['revision']));
    const session = await service.restore({ receipt, sessionId, userId, revision });
    return session
      ? ok(`{"found":true,${sessionMembers(session)}}`, session.etag)
      : ok('{"found":false}');
  }

  async function restoreFromPath({ receipt, id, query }: RouteRequest): Promise<RouteAnswer> {
    const revision = revisionFrom(parameterOf(query, 'revision'));
    const session = await service.restore({ receipt, sessionId: id, userId: '', revision });
    if (!session) throw new Refusal('not_found', 'No state available for restoration');
    return ok(`{${sessionMembers(session)}}`, session.etag);
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

function inspected({ state }: SessionInspection, members: string): RouteAnswer {
  return ok(`{${sessionMembers(state)},${members}}`, state.etag);
}

/** Nothing of the session could be read: an error for whoever inspects, with the frames as
 * evidence. */
function corrupt({ sessionId, outcome }: RestoredSession, members: string): RouteAnswer {
  const refusal = new Refusal('damaged', 'State corruption detected');
  const { reason, message } = refusal;
  const { status, code } = errorStatusOf(refusal);
  const error = errorBody({ code, reason, message });
  const said = { ...error, action: 'Fallback state returned', sessionId, outcome };
  return {
    status,
    refused: reason,
    body: `{${JSON.stringify(said).slice(1, -1)},${members}}`,
    etag: '',
  };
}
