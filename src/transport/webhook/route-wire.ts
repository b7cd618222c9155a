// The wire of the webhook listener's own routes: a JSON object in, a JSON object out. Errors are one,
// too, since a flow reads every answer as `input.httprequest.result`.

import type { Receipt, SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { errorAnswer } from '../error-answer.ts';
import { UNMATCHED_ROUTE } from '../server/http-exchange.ts';
import { readBody } from '../wires/connect-unary.ts';
import type { Find, WiredMethod, WiredStream } from '../wires/engine.ts';
import type { Wire } from '../wires/wire.ts';
import { type Body, NO_BODY, parseBody } from './read-body.ts';
import { logRefusal } from './refusal-log.ts';
import { createRouteTable, type FoundRoute } from './route-table.ts';
import { answerCall, RefusalWithMembers, type WebhookAnswer } from './webhook-call.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

const NOTHING = new Uint8Array();
const ANSWER_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** The webhook's routes, found by the head of a request: every request is one of them, or refused. */
export function createFindRoute(
  service: SessionService,
  { log, receive }: { log: Logger; receive: () => Receipt },
): Find {
  const routes = createWebhookRoutes(service);
  const findRoute = createRouteTable(routes);
  const posted = new Map(
    routes
      .filter(({ method }) => method === 'POST')
      .map((route) => {
        const found = { route, id: '', query: new URLSearchParams() };
        return [route.pattern, wiredRoute(found, log)];
      }),
  );
  return ({ method, target }) => {
    const known = method === 'POST' ? posted.get(target) : undefined;
    if (known) return known;
    const found = findRoute(method, target);
    return found.route?.stream ? wiredStream(found, receive) : wiredRoute(found, log);
  };
}

/** A route whose answer is written bit by bit. */
function wiredStream(
  found: Extract<FoundRoute, { id: string }>,
  receive: () => Receipt,
): WiredStream {
  const { route, id } = found;
  return {
    ...{ route: route.pattern, serviceName: '', wire: routeWire(found) },
    open(call) {
      if (!route.stream) throw new Error(`${route.pattern} is no stream`);
      const receipt = { ...receive(), caller: call.caller };
      const { signal } = call;
      return route.stream({ receipt, id, signal, onIncomplete: (why) => call.refused(why) });
    },
  };
}

function wiredRoute(found: FoundRoute, log: Logger): WiredMethod {
  const route = found.route?.pattern ?? UNMATCHED_ROUTE;
  return {
    ...{ route, serviceName: '', wire: routeWire(found) },
    read: found.route?.method === 'POST' ? parseBody : () => NO_BODY,
    handle(body, call) {
      if (found.refusal) throw found.refusal;
      const { id, query } = found;
      const { receipt, headers } = call;
      const request = { receipt, headers, body: body as Body, id, query };
      if (!found.route.answer) throw new Error(`${route} is a stream`);
      return answerCall(call, found.route.answer(request));
    },
    write: (answer) => (answer as WebhookAnswer).json,
    onRefused: (refusal, body) => logRefusal(log, refusal, { route, body: body as Body }),
  };
}

/** The wire of a request, whose head says whether there is a route for it. */
function routeWire(found: FoundRoute): Wire {
  const isPosted = found.route?.method === 'POST';
  return {
    format: 'json',
    checkHead({ headers }) {
      if (found.refusal) throw found.refusal;
      if (isPosted) checkEncoding(headers['content-encoding']);
    },
    isCompressed: () => false,
    timeoutMs: () => undefined,
    read: isPosted ? readBody : () => NOTHING,
    messageIn: (bytes) => ({ bytes, isCompressed: false }),
    answer: (body, { headers, status = 200 }) => ({
      status,
      headers: { ...ANSWER_HEADERS, ...headers },
      body,
    }),
    refuse({ cause }) {
      const members = cause instanceof RefusalWithMembers ? cause.members : {};
      const headers = cause === found.refusal && found.allow ? { allow: found.allow } : {};
      return errorAnswer(cause, { members, headers });
    },
  };
}

function checkEncoding(encoding: string | undefined): void {
  if (!encoding || encoding.toLowerCase() === 'identity') return;
  const message = `the body is encoded (${encoding}): send it without an encoding`;
  throw new Refusal('unsupported_media_type', message);
}
