// The answer to a client from which no request of HTTP/1.1 can be read.

import { WRONG_VERSION } from './check-head.ts';
import type { ClientRefusal } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The code by which node:http says that a request is late. */
export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** The refusal for an error of node:http's parser, by its code. */
export function clientErrorRefusal(code: string | undefined, limits: ServeLimits): ClientRefusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'resource_exhausted',
        reason: 'too_large',
        message: `The headers exceed ${limits.headersMaxBytes} bytes. Send fewer or shorter headers.`,
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        status: 413,
        code: 'resource_exhausted',
        reason: 'too_large',
        message: 'The chunk extensions of the body are too large.',
      };
    case REQUEST_TIMEOUT:
      return {
        status: 408,
        code: 'invalid_argument',
        reason: 'invalid',
        message: `The request was not complete in time: headers within ${limits.headersTimeoutMs} ms, all of it within ${limits.requestTimeoutMs} ms.`,
      };
    case 'HPE_INVALID_EOF_STATE':
      return {
        status: 400,
        code: 'invalid_argument',
        reason: 'invalid',
        message: 'The connection ended before the request was complete.',
      };
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return WRONG_VERSION;
    default:
      return {
        status: 400,
        code: 'invalid_argument',
        reason: 'invalid',
        message: 'This is not an HTTP request that can be understood.',
      };
  }
}
