// The webhook listener's own routes: credential, route, body, service, answer. Every answer, errors
// included, is a JSON object, since a flow reads it as `input.httprequest.result`.

import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt, SessionService } from '../../service/session-service.ts';
import { type ErrorType, Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { answerError } from '../error-answer.ts';
import { answerJson, etagHeader } from '../json-answer.ts';
import type { Exchange, Handler, HttpRequest, HttpResponse } from '../server/http-exchange.ts';
import type { Body } from './body-fields.ts';
import { readJsonObject } from './read-body.ts';
import type { RouteAnswer } from './route.ts';
import { createRouteTable } from './route-table.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

/** Top-level names of a refused body that are logged at most, and the characters of each. */
const LOGGED_NAMES_MAX = 20;
const LOGGED_NAME_MAX_LENGTH = 40;

export type WebhookParts = {
  service: SessionService;
  /** Passes a request by its headers, or throws a Refusal. */
  gate: (headers: IncomingHttpHeaders) => void;
  receive: () => Receipt;
  bodyMaxBytes: number;
  log: Logger;
  onRefused: (errorType: ErrorType) => void;
};

/** Answers the webhook's routes, and never rejects; `overloaded` is for a listener with too many
 * requests. */
export function createWebhookHandler(parts: WebhookParts): {
  handle: Handler;
  overloaded: Handler;
} {
  const findRoute = createRouteTable(createWebhookRoutes(parts.service));

  return {
    async handle(request, response, exchange) {
      const seen: { body?: Body } = {};
      exchange.account.keep();
      try {
        const { status, body, etag, refused } = await answer(request, response, exchange, seen);
        if (refused) parts.onRefused(refused);
        exchange.account.reserveAnswer(body.length);
        answerJson(response, body, { status, headers: etagHeader(etag) });
      } catch (error) {
        // Nobody hears it: the client left within the body. A connection that only ended its side
        // was told so.
        if (request.destroyed && !request.readableEnded) return;
        noteRefused(error, exchange, seen.body);
        answerError(response, error);
      } finally {
        exchange.account.release();
      }
    },
    overloaded(_request, response, exchange) {
      const refusal = new Refusal(
        'overloaded',
        'too many requests are in flight; try again in a second',
      );
      noteRefused(refusal, exchange, undefined);
      answerError(response, refusal);
    },
  };

  async function answer(
    request: HttpRequest,
    response: HttpResponse,
    exchange: Exchange,
    seen: { body?: Body },
  ): Promise<RouteAnswer> {
    const found = findRoute(request.method ?? '', request.url ?? '');
    if (!found.refusal) exchange.route = found.route.pattern;
    parts.gate(request.headers);
    if (found.refusal) {
      if (found.allow) response.setHeader('allow', found.allow);
      throw found.refusal;
    }
    const { route, id, query } = found;
    const isPosted = route.method === 'POST';
    const body = isPosted ? await readJsonObject(request, exchange, parts.bodyMaxBytes) : {};
    seen.body = body;
    return route.answer({ receipt: parts.receive(), body, id, query, headers: request.headers });
  }

  function noteRefused(error: unknown, { route }: Exchange, body: Body | undefined): void {
    if (!(error instanceof Refusal)) {
      parts.onRefused('internal');
      parts.log.error('webhook request failed', { route, error });
      return;
    }
    const { reason, message } = error;
    parts.onRefused(reason);
    const names = body && { fields: namesOf(body) };
    const log = parts.log.rarely(`webhook refused ${reason}`);
    // A session that expired is nobody's mistake.
    const level = reason === 'not_found' ? 'debug' : 'warn';
    log[level]('webhook request refused', { route, reason, refusal: message, ...names });
  }
}

function namesOf(body: Body): string[] {
  const names = Object.keys(body).slice(0, LOGGED_NAMES_MAX);
  return names.map((name) => name.slice(0, LOGGED_NAME_MAX_LENGTH));
}
