// Erasing a session or a user, named in a body or in a path.
//
// An id that was not resolved may be the id of any visitor's data, so it is refused. SessionService
// takes such an id: that is how an operator removes what was stored under it.

import type { IncomingHttpHeaders } from 'node:http';
import { NO_SESSION } from '../../service/conditions.ts';
import type { SessionService } from '../../service/session-service.ts';
import { invalid } from '../../session/errors.ts';
import { checkResolvedId } from '../../session/identifier.ts';
import { fieldOf, textFrom } from './body-fields.ts';
import { erasedSessionJson, erasedUserJson } from './erase-answer.ts';
import { BODY_FIELDS } from './fields.ts';
import { preconditionIn } from './precondition.ts';
import type { Body } from './read-body.ts';
import type { WebhookAnswer, WebhookCall } from './webhook-call.ts';

/** Erases what the body names. */
export function deleteNamed(service: SessionService, call: WebhookCall): Promise<WebhookAnswer> {
  const sessionId = textFrom(fieldOf(call.body, BODY_FIELDS.sessionId));
  const userId = textFrom(fieldOf(call.body, BODY_FIELDS.userId));
  const allSessions = fieldOf(call.body, BODY_FIELDS.allSessions).value;
  if (sessionId) return deleteSession(service, { ...call, sessionId });
  if (!userId) throw invalid('/sessionId', 'sessionId or userId is required');
  // A flow's expression that resolves to nothing drops its key: without a word of its own, a body
  // that was meant for one session would erase its user.
  if (allSessions !== true) {
    const advice = 'to erase all sessions of the user, send "allSessions": true';
    throw invalid('/sessionId', `sessionId is required; ${advice}`);
  }
  return deleteUser(service, { ...call, userId });
}

/** Erases a session. The body may have a precondition and the id of the erase. */
export async function deleteSession(
  service: SessionService,
  { receipt, sessionId, headers, body }: WebhookCall & { sessionId: string },
): Promise<WebhookAnswer> {
  const ifMatch = conditionOf(headers, body);
  const updateId = textFrom(fieldOf(body, BODY_FIELDS.updateId));
  checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
  const erased = await service.erase({ receipt, sessionId, ifMatch, updateId });
  return { json: erasedSessionJson(erased), etag: '' };
}

/** Erases all sessions of a user. */
export async function deleteUser(
  service: SessionService,
  { receipt, userId, headers, body }: WebhookCall & { userId: string },
): Promise<WebhookAnswer> {
  if (conditionOf(headers, body))
    throw invalid('/ifMatch', 'ifMatch is the etag of a session, so it needs a sessionId');
  checkResolvedId(userId, { pointer: '/userId', required: true });
  return { json: erasedUserJson(await service.eraseUser({ receipt, userId })), etag: '' };
}

/** The precondition of an erase. That there is no session would leave nothing to erase. */
function conditionOf(headers: IncomingHttpHeaders, body: Body): string {
  const ifMatch = preconditionIn(headers, textFrom(fieldOf(body, BODY_FIELDS.ifMatch)));
  if (ifMatch !== NO_SESSION) return ifMatch;
  throw invalid(
    '/ifMatch',
    'an erase under the condition that there is no session erases nothing: send an etag, or *',
  );
}
