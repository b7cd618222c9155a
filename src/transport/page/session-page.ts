// The session page: a few static files on the rpc listener, which call the RPCs of their own origin.
// They hold no data, so they need no credential; each call that they make needs what every other
// caller needs.

import { Refusal } from '../../session/errors.ts';
import { errorAnswer } from '../error-answer.ts';
import { checkLocalName } from '../local-caller.ts';
import type { Answer, Exchange, Handler, RequestHead } from '../server/http-exchange.ts';
import { type PageFile, readPageFiles } from './page-files.ts';

/** Where the page is; its files are below it. */
export const SESSION_PAGE = '/sessions';

/** Nothing but the page's own files and calls, nothing inline, in no frame of another page, and no
 * text that becomes markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'img-src', 'connect-src'].map((kind) => `${kind} 'self'`),
  ...['form-action', 'base-uri', 'frame-ancestors'].map((kind) => `${kind} 'none'`),
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // May be kept, and is asked for again each time.
  'cache-control': 'no-cache',
};

/** Answers GET and HEAD of the page and its files, and leaves every other request to `handler`.
 * `/` leads to the page. Where only this machine reaches the listener (`onLoopback`), requests must
 * name it by a local name. */
export function withSessionPage(
  handler: Handler,
  { onLoopback }: { onLoopback: boolean },
): Handler {
  const files = new Map<string, PageFile>();
  for (const [name, file] of readPageFiles())
    files.set(name === 'index.html' ? SESSION_PAGE : `${SESSION_PAGE}/${name}`, file);

  function answerTo(head: RequestHead, exchange: Pick<Exchange, 'route'>): Answer | undefined {
    if (head.method !== 'GET' && head.method !== 'HEAD') return undefined;
    const path = head.target.split('?', 1)[0] ?? '';
    const file = files.get(path);
    if (!file && path !== '/' && path !== `${SESSION_PAGE}/`) return undefined;
    exchange.route = file ? path : SESSION_PAGE;
    if (onLoopback) checkLocalName(head.headers, '');
    if (!file) return { status: 308, headers: { ...HEADERS, location: SESSION_PAGE }, body: '' };
    const headers = { ...HEADERS, etag: file.etag };
    if (head.headers['if-none-match'] === file.etag) return { status: 304, headers };
    return {
      status: 200,
      headers: { ...headers, 'content-type': file.contentType },
      body: file.body,
    };
  }

  return (exchange) => {
    let answer: Answer | undefined;
    try {
      answer = answerTo(exchange.head, exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = errorAnswer(error);
    }
    return answer ? exchange.respond(answer) : handler(exchange);
  };
}
