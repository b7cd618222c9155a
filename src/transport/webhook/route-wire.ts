// The wire of the webhook listener's own routes: a JSON object in, a JSON object out. Errors are one,
// too, since a flow reads every answer as `input.httprequest.result`.

import type { SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { errorAnswer } from '../error-answer.ts';
import { jsonAnswer } from '../json-answer.ts';
import { type Exchange, UNMATCHED_ROUTE } from '../server/http-exchange.ts';
import { readBody } from '../wires/connect-unary.ts';
import type { Find } from '../wires/engine.ts';
import type { Wire } from '../wires/wire.ts';
import { type Body, NO_BODY, parseBody } from './read-body.ts';
import { logRefusal } from './refusal-log.ts';
import { createRouteTable, type FoundRoute } from './route-table.ts';
import { answerCall, RefusalWithMembers, type WebhookAnswer } from './webhook-call.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

const NOTHING = { bytes: new Uint8Array(), isCompressed: false };

/** The webhook's routes, found by the head of a request: every request is one of them, or refused. */
export function createFindRoute(service: SessionService, log: Logger): Find {
  const findRoute = createRouteTable(createWebhookRoutes(service));
  return ({ method, target }) => {
    const found = findRoute(method, target);
    const route = found.route?.pattern ?? UNMATCHED_ROUTE;
    return {
      ...{ route, serviceName: '', wire: routeWire(found) },
      read: found.route?.method === 'POST' ? parseBody : () => NO_BODY,
      handle(body, call) {
        if (found.refusal) throw found.refusal;
        const { id, query } = found;
        const { receipt, headers } = call;
        const request = { receipt, headers, body: body as Body, id, query };
        return answerCall(call, found.route.answer(request));
      },
      write: (answer) => (answer as WebhookAnswer).json,
      onRefused: (refusal, body) => logRefusal(log, refusal, { route, body: body as Body }),
    };
  };
}

/** The wire of a request, whose head says whether there is a route for it. */
function routeWire(found: FoundRoute): Wire {
  return {
    format: 'json',
    checkHead() {
      if (found.refusal) throw found.refusal;
    },
    isCompressed: () => false,
    timeoutMs: () => undefined,
    read: found.route?.method === 'POST' ? readPosted : () => NOTHING,
    answer: (json, { headers }) => jsonAnswer(String(json), { headers }),
    refuse({ cause }) {
      const members = cause instanceof RefusalWithMembers ? cause.members : {};
      const headers = cause === found.refusal && found.allow ? { allow: found.allow } : {};
      return errorAnswer(cause, { members, headers });
    },
  };
}

async function readPosted(exchange: Exchange, maxBytes: number) {
  const encoding = exchange.head.headers['content-encoding'];
  if (encoding && encoding.toLowerCase() !== 'identity') {
    const message = `the body is encoded (${encoding}): send it without an encoding`;
    throw new Refusal('unsupported_media_type', message);
  }
  return { bytes: await readBody(exchange, maxBytes), isCompressed: false };
}
