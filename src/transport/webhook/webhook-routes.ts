// The routes of the webhook listener: what Cognigy flows post to, and what a developer looks at. Each turns a
// request into a call of the service and the service's answer into JSON; none decides anything.

import type {
  Receipt,
  RestoredSession,
  SessionInspection,
  SessionService,
} from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { type Body, fieldOf, textFrom } from './body-fields.ts';
import { postedUpdateFrom } from './posted-update.ts';
import { inspectionMembers, sessionMembers } from './session-answer.ts';

/** A request as a route sees it. */
export type RouteRequest = { receipt: Receipt; body: Body; sessionId: string };

export type RouteAnswer = { status: number; body: string };

export type Route = {
  method: 'GET' | 'POST';
  /** Path, with `{sessionId}` where the session's id stands. Also the route's name in metrics. */
  pattern: string;
  answer(request: RouteRequest): Promise<RouteAnswer>;
};

export function createWebhookRoutes(service: SessionService): Route[] {
  return [
    { method: 'POST', pattern: '/webhook/cognigy/session', answer: persist },
    { method: 'POST', pattern: '/webhook/cognigy/session-update', answer: persist },
    { method: 'POST', pattern: '/webhook/cognigy/restore', answer: restoreFromBody },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}', answer: inspectOr('State not found or expired') },
    { method: 'GET', pattern: '/api/v1/state/{sessionId}/restore', answer: restoreFromPath },
    {
      method: 'GET',
      pattern: '/debug/session/{sessionId}',
      answer: inspectOr('Session not found or expired'),
    },
  ];

  async function persist({ receipt, body }: RouteRequest): Promise<RouteAnswer> {
    const persisted = await service.persist({ ...postedUpdateFrom(body), receipt });
    const { status, sessionId, revision, etag, durability, known } = persisted;
    return ok(JSON.stringify({ status, sessionId, revision, etag, durability, known }));
  }

  async function restoreFromBody({ receipt, body }: RouteRequest): Promise<RouteAnswer> {
    const sessionId = textFrom(fieldOf(body, ['sessionId', 'session_id']));
    const userId = textFrom(fieldOf(body, ['userId', 'user_id']));
    const session = await service.restore({ receipt, sessionId, userId });
    return ok(session ? `{"found":true,${sessionMembers(session)}}` : '{"found":false}');
  }

  async function restoreFromPath({ receipt, sessionId }: RouteRequest): Promise<RouteAnswer> {
    const session = await service.restore({ receipt, sessionId, userId: '' });
    if (!session) throw new Refusal('not_found', 'No state available for restoration');
    return ok(`{${sessionMembers(session)}}`);
  }

  function inspectOr(missing: string): Route['answer'] {
    return async ({ receipt, sessionId }) => {
      const inspection = await service.inspect({ receipt, sessionId });
      if (!inspection) throw new Refusal('not_found', missing);
      return inspection.state.outcome === 'fallback' ? corrupt(inspection) : inspected(inspection);
    };
  }
}

function inspected(inspection: SessionInspection): RouteAnswer {
  return ok(`{${sessionMembers(inspection.state)},${inspectionMembers(inspection)}}`);
}

/** Nothing of the session could be read: an error for whoever inspects, with the frames as evidence. */
function corrupt(inspection: SessionInspection): RouteAnswer {
  const { sessionId, outcome }: RestoredSession = inspection.state;
  const said = {
    error: 'State corruption detected',
    code: 'data_loss',
    details: [],
    action: 'Fallback state returned',
    sessionId,
    outcome,
  };
  return { status: 500, body: `{${JSON.stringify(said).slice(1, -1)},${inspectionMembers(inspection)}}` };
}

function ok(body: string): RouteAnswer {
  return { status: 200, body };
}
