// The webhook listener's own routes: credential, route, body, service, answer. Every answer, errors
// included, is a JSON object, since a flow reads it as `input.httprequest.result`.

import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt, SessionService } from '../../service/session-service.ts';
import { type ErrorType, Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { answerError } from '../error-answer.ts';
import { answerJson, etagHeader } from '../json-answer.ts';
import type { Exchange, Handler, HttpRequest, HttpResponse } from '../server/http-exchange.ts';
import { type Body, NO_BODY, readBody } from './read-body.ts';
import { logRefusal } from './refusal-log.ts';
import type { RouteAnswer } from './route.ts';
import { createRouteTable } from './route-table.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

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
        // The client left within the body, so nobody gets an answer. A connection that only ended
        // its side was answered.
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
    const body = isPosted ? await readBody(request, exchange, parts.bodyMaxBytes) : NO_BODY;
    seen.body = body;
    return route.answer({ receipt: parts.receive(), body, id, query, headers: request.headers });
  }

  function noteRefused(error: unknown, { route }: Exchange, body: Body | undefined): void {
    if (!(error instanceof Refusal)) {
      parts.onRefused('internal');
      parts.log.error('webhook request failed', { route, error });
      return;
    }
    parts.onRefused(error.reason);
    logRefusal(parts.log, error, { route, ...(body && { body }) });
  }
}
