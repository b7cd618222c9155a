// The admin listener: what operators and Kubernetes ask. Nothing here reads or changes a session.
//
// Live and ready are different questions. /healthz says that this process answers, and nothing of
// the store: restarting the sidecar does not bring a store back. /readyz says whether a write can
// be acknowledged now.

import { Refusal } from '../../session/errors.ts';
import { answerError } from '../error-answer.ts';
import { answerJson } from '../json-answer.ts';
import { checkLocalName } from '../local-caller.ts';
import type { Handler, HttpRequest, HttpResponse } from '../server/http-exchange.ts';

/** One thing that must be well for the process to be ready. */
export type ReadinessCheck = {
  name: string;
  ok: boolean;
  /** Why not. */
  reason?: string;
  /** What endangers it, and does not stand against being ready. */
  warnings?: readonly string[];
};

export type AdminHandlerOptions = {
  /** The metrics as text; may take a while, may fail. */
  metrics: { exposition(): Promise<string>; contentType: string };
  /** Only this machine reaches the listener: then requests must name it by a local name. */
  onLoopback: boolean;
  /** All checks, as they stand. Ready means that every one is ok. */
  readinessChecks: () => readonly ReadinessCheck[];
};

/** Answers GET and HEAD of `/metrics`, `/healthz`, `/readyz`; 404 and 405 as JSON otherwise. */
export function createAdminHandler({
  metrics,
  onLoopback,
  readinessChecks,
}: AdminHandlerOptions): Handler {
  const routes: Readonly<Record<string, (response: HttpResponse) => void | Promise<void>>> = {
    '/healthz': (response) => answerJson(response, { status: 'live' }),
    '/readyz': (response) => answerReadiness(response, readinessChecks()),
    '/metrics': async (response) => {
      const text = await metrics.exposition();
      response.writeHead(200, {
        'content-type': metrics.contentType,
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    },
  };
  return (request, response, exchange) => {
    if (onLoopback && !namesThisMachine(request, response)) return;
    const path = request.url?.split('?', 1)[0] ?? '';
    const answer = routes[path];
    if (!answer) return answerNotFound(response, Object.keys(routes));
    exchange.route = path;
    if (!isRead(request)) return answerNotAllowed(response);
    return answer(response);
  };
}

function answerReadiness(response: HttpResponse, checks: readonly ReadinessCheck[]): void {
  const isReady = checks.every(({ ok }) => ok);
  const body = { status: isReady ? 'ready' : 'not ready', checks };
  answerJson(response, body, { status: isReady ? 200 : 503 });
}

/** Whether the request names this machine; if not, it is answered. Elsewhere it is reached by
 * addresses of Pods and names of services, which nobody here knows. */
function namesThisMachine({ headers }: HttpRequest, response: HttpResponse): boolean {
  try {
    checkLocalName(headers, '');
    return true;
  } catch (error) {
    answerError(response, error);
    return false;
  }
}

function isRead({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function answerNotFound(response: HttpResponse, paths: string[]): void {
  answerError(
    response,
    new Refusal('not_found', `There is no such page. There are ${paths.join(', ')}.`),
  );
}

function answerNotAllowed(response: HttpResponse): void {
  response.setHeader('allow', 'GET, HEAD');
  answerError(response, new Refusal('method_not_allowed', 'This page is only read: use GET.'));
}
