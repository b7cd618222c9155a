// The routes that erase: a session or a user, named in the body or in the path.
//
// A flow whose id was not resolved means some visitor's data, so it is refused. Over RPC such an id
// is taken: that is how an operator removes what was stored under it.

import type { IncomingHttpHeaders } from 'node:http';
import { NO_SESSION } from '../../service/conditions.ts';
import type { EraseCommand, SessionService } from '../../service/session-service.ts';
import { invalid, type Refusal } from '../../session/errors.ts';
import { checkResolvedId } from '../../session/identifier.ts';
import { fieldOf, textFrom } from './body-fields.ts';
import { erasedSessionJson, erasedUserJson } from './erase-answer.ts';
import { preconditionIn } from './precondition.ts';
import { ok, type Route, type RouteAnswer, type RouteRequest } from './route.ts';

type Answer = Route['answer'];
type UserToErase = Pick<RouteRequest, 'receipt'> & { userId: string; ifMatch: string };

export function createEraseRoutes(
  service: SessionService,
): Record<'eraseFromBody' | 'eraseSession' | 'eraseUser', Answer> {
  return {
    async eraseFromBody({ receipt, body, headers }) {
      const sessionId = textFrom(fieldOf(body, ['sessionId', 'session_id']));
      const userId = textFrom(fieldOf(body, ['userId', 'user_id']));
      const ifMatch = conditionOf(headers, textFrom(fieldOf(body, ['ifMatch', 'if_match'])));
      const updateId = textFrom(fieldOf(body, ['updateId', 'update_id']));
      if (sessionId) return eraseSession({ receipt, sessionId, ifMatch, updateId });
      if (!userId) throw invalid('/sessionId', 'sessionId or userId is required');
      if (body.allSessions !== true) throw notSaidTo();
      return eraseUser({ receipt, userId, ifMatch });
    },

    eraseSession: ({ receipt, id, headers }) =>
      eraseSession({ receipt, sessionId: id, ifMatch: conditionOf(headers), updateId: '' }),

    eraseUser: ({ receipt, id, headers }) =>
      eraseUser({ receipt, userId: id, ifMatch: conditionOf(headers) }),
  };

  async function eraseSession(command: EraseCommand): Promise<RouteAnswer> {
    checkResolvedId(command.sessionId, { pointer: '/sessionId', required: true });
    return ok(erasedSessionJson(await service.erase(command)));
  }

  async function eraseUser({ receipt, userId, ifMatch }: UserToErase): Promise<RouteAnswer> {
    if (ifMatch)
      throw invalid('/ifMatch', 'ifMatch is the etag of a session, so it needs a sessionId');
    checkResolvedId(userId, { pointer: '/userId', required: true });
    return ok(erasedUserJson(await service.eraseUser({ receipt, userId })));
  }
}

/** The precondition of an erase. That there is no session would leave nothing to erase. */
function conditionOf(headers: IncomingHttpHeaders, posted = ''): string {
  const ifMatch = preconditionIn(headers, posted);
  if (ifMatch !== NO_SESSION) return ifMatch;
  throw invalid(
    '/ifMatch',
    'an erase under the condition that there is no session erases nothing: send an etag, or *',
  );
}

/** A flow's expression that resolves to nothing drops its key: without a word of its own, a body
 * that was meant for one session would erase its user. */
function notSaidTo(): Refusal {
  return invalid(
    '/sessionId',
    'sessionId is required; to erase all sessions of the user, send "allSessions": true',
  );
}
