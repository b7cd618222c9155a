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
import { membersJson } from '../../session/json/members.ts';
import type { Answer } from '../server/http-exchange.ts';
import { deleteSession, deleteUser } from './delete-method.ts';
import { inspectionMembers } from './inspection-answer.ts';
import { listAnswer, pageFrom } from './list-answer.ts';
import { flagOf, parameterOf } from './query-fields.ts';
import { revisionFrom } from './revision.ts';
import type { Route, RouteRequest, StreamRequest } from './route-table.ts';
import { sessionMembers } from './session-answer.ts';
import { RefusalWithMembers, type WebhookAnswer } from './webhook-call.ts';
import { createWebhookMethods } from './webhook-methods.ts';

/** The routes, in the order of docs/reference/routes.md. */
export function createWebhookRoutes(service: SessionService): Route[] {
  const methods = createWebhookMethods(service);
  const inspect = inspectOr('State not found or expired');
  const debug = inspectOr('Session not found or expired');
  return [
    { method: 'POST', pattern: '/webhook/cognigy/session', answer: methods.save },
    { method: 'POST', pattern: '/webhook/cognigy/session-update', answer: methods.save },
    { method: 'POST', pattern: '/webhook/cognigy/restore', answer: methods.restore },
    { method: 'POST', pattern: '/webhook/cognigy/touch', answer: methods.touch },
    { method: 'POST', pattern: '/webhook/cognigy/sessions', answer: methods.list },
    { method: 'POST', pattern: '/webhook/cognigy/delete', answer: methods.delete },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}', answer: inspect },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}/restore', answer: restoreFromPath },
    { method: 'DELETE', pattern: '/api/v1/state/{sessionId}', answer: sessionFromPath },
    { method: 'GET', pattern: '/api/v1/users/{userId}/sessions', answer: listFromPath },
    { method: 'GET', pattern: '/api/v1/users/{userId}/export', stream: exportFromPath },
    { method: 'DELETE', pattern: '/api/v1/users/{userId}', answer: userFromPath },
    { method: 'GET', pattern: '/debug/session/{sessionId}', answer: debug },
  ];

  async function sessionFromPath({ id, ...call }: RouteRequest): Promise<WebhookAnswer> {
    return deleteSession(service, { ...call, sessionId: id });
  }

  async function userFromPath({ id, ...call }: RouteRequest): Promise<WebhookAnswer> {
    return deleteUser(service, { ...call, userId: id });
  }

  async function listFromPath({ receipt, id, query }: RouteRequest): Promise<WebhookAnswer> {
    const page = pageFrom(parameterOf(query, 'pageSize'), parameterOf(query, 'pageToken'));
    return listAnswer(await service.userSessions({ receipt, userId: id, page }));
  }

  async function exportFromPath({ id, ...request }: StreamRequest): Promise<Answer> {
    checkResolvedId(id, { pointer: '/userId', required: true });
    const { exportAnswer } = await import('./export-answer.ts');
    return exportAnswer(service, { ...request, userId: id });
  }

  async function restoreFromPath({ receipt, id, query }: RouteRequest): Promise<WebhookAnswer> {
    const revision = revisionFrom(parameterOf(query, 'revision'));
    const session = await service.restore({ receipt, sessionId: id, userId: '', revision });
    if (!session) throw new Refusal('not_found', 'No state available for restoration');
    return { json: membersJson(sessionMembers(session)), etag: session.etag };
  }

  function inspectOr(missing: string) {
    return async ({ receipt, id, query }: RouteRequest): Promise<WebhookAnswer> => {
      const revision = revisionFrom(parameterOf(query, 'revision'));
      const includeRaw = flagOf(query, 'raw');
      checkResolvedId(id, { pointer: '/sessionId', required: true });
      const inspection = await service.inspect({ receipt, sessionId: id, revision });
      if (!inspection) throw new Refusal('not_found', missing);
      const members = inspectionMembers(inspection, { includeRaw });
      if (inspection.state.outcome === 'fallback') throw corrupt(inspection.state, members);
      return inspected(inspection, members);
    };
  }
}

function inspected({ state }: SessionInspection, members: Record<string, unknown>): WebhookAnswer {
  return { json: membersJson({ ...sessionMembers(state), ...members }), etag: state.etag };
}

/** Nothing of the session could be read: an error for the caller that inspects it, with the
 * frames as evidence. */
function corrupt(
  { sessionId, outcome }: RestoredSession,
  members: Record<string, unknown>,
): Refusal {
  const evidence = { action: 'Fallback state returned', sessionId, outcome, ...members };
  return new RefusalWithMembers('damaged', 'State corruption detected', evidence);
}
