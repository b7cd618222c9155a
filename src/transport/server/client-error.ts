// The answer to a client from which no request of HTTP/1.1 can be read.

import { WRONG_VERSION } from './check-head.ts';
import { type ClientRefusal, clientRefusal } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The code by which node:http says that a request is late. */
export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** The refusal for an error of node:http's parser, by its code. */
export function clientErrorRefusal(code: string | undefined, limits: ServeLimits): ClientRefusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return clientRefusal(
        431,
        `The headers exceed ${limits.headersMaxBytes} bytes. Send fewer or shorter headers.`,
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return clientRefusal(413, 'The chunk extensions of the body are too large.');
    case REQUEST_TIMEOUT:
      return clientRefusal(
        408,
        `The request was not complete in time: headers within ${limits.headersTimeoutMs} ms, all of it within ${limits.requestTimeoutMs} ms.`,
      );
    case 'HPE_INVALID_EOF_STATE':
      return clientRefusal(400, 'The connection ended before the request was complete.');
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return WRONG_VERSION;
    default:
      return clientRefusal(400, 'This is not an HTTP request that can be understood.');
  }
}
