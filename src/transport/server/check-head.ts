// Checks the head of a request before any handler sees it: what would be understood differently by
// a proxy in front, or not at all, is refused, and the listener closes the connection after the
// answer.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ClientRefusal, clientRefusal } from './refuse-connection.ts';

/** What is wrong with the head of an HTTP/1.1 request; undefined if nothing is. A target in
 * absolute form (`GET http://host/path`) is brought into the usual one, its host replaces the one
 * of the header. */
export function checkHttp1Head(request: IncomingMessage): ClientRefusal | undefined {
  const { httpVersion, headers } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return WRONG_VERSION;
  const hosts = countHosts(request.rawHeaders);
  if (hosts > 1) return badRequest('The request has more than one Host header. Send one.');
  if (hosts === 0 && httpVersion === '1.1')
    return badRequest('The request has no Host header. Send one.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && httpVersion === '1.0')
    return badRequest(
      'A request of HTTP/1.0 cannot have a Transfer-Encoding. Send a Content-Length.',
    );
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return UNKNOWN_CODING;
  return request.url?.startsWith('/') || request.url === '*' ? undefined : useOriginForm(request);
}

/** What is wrong with the head of an HTTP/2 request, except what HTTP/2 itself does not allow. */
export function checkHttp2Head(headers: IncomingHttpHeaders): ClientRefusal | undefined {
  const authority = headers[':authority'];
  if (authority === undefined || headers.host === undefined || headers.host === authority)
    return undefined;
  return badRequest('The header host names another host than :authority. Send one of them.');
}

/** The answer to a version of HTTP that is not served. */
export const WRONG_VERSION = clientRefusal(
  505,
  'This version of HTTP is not served in this form. Send HTTP/1.1.',
);

/** The answer to a header Expect that asks for anything but 100-continue. */
export const UNKNOWN_EXPECTATION = clientRefusal(
  417,
  'The header Expect asks for what is not known here. Send 100-continue, or no such header.',
);

/** The answer to CONNECT. */
export const NO_PROXY = clientRefusal(405, 'This is no proxy: CONNECT is not served.');

const UNKNOWN_CODING = clientRefusal(
  501,
  'The Transfer-Encoding is not known here. Send chunked, or a Content-Length.',
);

function badRequest(message: string): ClientRefusal {
  return clientRefusal(400, message);
}

/** `headers` would have the first one alone. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#@]+)([/?].*)?$/i;

function useOriginForm(request: IncomingMessage): ClientRefusal | undefined {
  const [matched, host, rest = '/'] = ABSOLUTE_FORM.exec(request.url ?? '') ?? [];
  if (matched === undefined || host === undefined)
    return badRequest('The target of the request is no path and no http URL.');
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = host;
  return undefined;
}
