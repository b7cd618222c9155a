// The admin listener: what operators and Kubernetes ask. Nothing here reads or changes a session.
//
// Live and ready are different questions. /healthz says that this process answers, and nothing of
// the store: restarting the sidecar does not bring a store back. /readyz says whether a write can
// be acknowledged now.

import { Refusal } from '../../session/errors.ts';
import { errorAnswer } from '../error-answer.ts';
import { jsonAnswer } from '../json-answer.ts';
import { checkLocalName } from '../local-caller.ts';
import type { Answer, Exchange, Handler, RequestHead } from '../server/http-exchange.ts';
import { prefersOpenMetrics } from './prefers-open-metrics.ts';

/** One thing that must be well for the process to be ready. */
export type ReadinessCheck = {
  name: string;
  ok: boolean;
  /** Why not. */
  reason?: string;
  /** What endangers it without keeping the process from being ready. */
  warnings?: readonly string[];
  /** Numbers that describe it, shown with the others. */
  facts?: Readonly<Record<string, number>>;
};

/** The metrics in one format. */
type Exposition = { exposition(): Promise<string>; contentType: string };

export type AdminHandlerOptions = {
  /** The metrics as text; may take a while, may fail. */
  metrics: Exposition & {
    /** The same for scrapers that ask for the format of OpenMetrics; undefined: they get the other. */
    openMetrics?: Exposition | undefined;
  };
  /** Only this machine reaches the listener: then requests must name it by a local name. */
  onLoopback: boolean;
  /** All checks, at present. Ready means that every one is ok. */
  readinessChecks: () => readonly ReadinessCheck[];
};

/** Answers GET and HEAD of `/metrics`, `/healthz`, `/readyz`; 404 and 405 as JSON otherwise. */
export function createAdminHandler({
  metrics,
  onLoopback,
  readinessChecks,
}: AdminHandlerOptions): Handler {
  const routes: Readonly<Record<string, (head: RequestHead) => Answer | Promise<Answer>>> = {
    '/healthz': () => jsonAnswer({ status: 'live' }),
    '/readyz': () => readinessAnswer(readinessChecks()),
    '/metrics': async ({ headers }) => {
      const { openMetrics = metrics } = metrics;
      const asked = prefersOpenMetrics(headers.accept) ? openMetrics : metrics;
      const body = await asked.exposition();
      return { status: 200, headers: { 'content-type': asked.contentType }, body };
    },
  };

  async function answerTo(head: RequestHead, exchange: Pick<Exchange, 'route'>): Promise<Answer> {
    // Elsewhere it is reached by addresses of Pods and names of services, which are not known here.
    if (onLoopback) checkLocalName(head.headers, '');
    const path = head.target.split('?', 1)[0] ?? '';
    const answer = routes[path];
    if (!answer) {
      const pages = Object.keys(routes).join(', ');
      throw new Refusal('not_found', `There is no such page. There are ${pages}.`);
    }
    exchange.route = path;
    if (head.method === 'GET' || head.method === 'HEAD') return answer(head);
    const refusal = new Refusal('method_not_allowed', 'This page is only read: use GET.');
    return errorAnswer(refusal, { headers: { allow: 'GET, HEAD' } });
  }

  return async (exchange) => {
    try {
      await exchange.respond(await answerTo(exchange.head, exchange));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await exchange.respond(errorAnswer(error));
    }
  };
}

function readinessAnswer(checks: readonly ReadinessCheck[]): Answer {
  const isReady = checks.every(({ ok }) => ok);
  const shown = checks.map(({ facts, ...check }) => ({ ...check, ...facts }));
  const body = { status: isReady ? 'ready' : 'not ready', checks: shown };
  return jsonAnswer(body, { status: isReady ? 200 : 503 });
}
