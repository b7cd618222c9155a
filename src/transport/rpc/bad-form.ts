// Calls that Connect answers by a status alone, since no protocol is known in which to say more:
// their answer is the JSON of every other HTTP error.

import type { HttpResponse } from '../server/http-exchange.ts';
import { answerRefused, type ClientRefusal } from '../server/refuse-connection.ts';

/** Answers such a call; gives what it was refused with. `allowed`: the HTTP methods that it could
 * come by. */
export function answerBadForm(
  response: HttpResponse,
  status: number,
  allowed: readonly string[],
): ClientRefusal {
  const refusal = refusalOf(status, allowed);
  if (status === 405) response.setHeader('allow', allowed.join(', '));
  answerRefused(response, refusal);
  return refusal;
}

function refusalOf(status: number, allowed: readonly string[]): ClientRefusal {
  const code = 'unimplemented';
  switch (status) {
    case 405: {
      const message = `The method is called by ${allowed.join(' or ')}.`;
      return { status, code, reason: 'method_not_allowed', message };
    }
    case 415: {
      const message =
        'The content type is none of Connect, gRPC or gRPC-Web: send application/json, for instance.';
      return { status, code, reason: 'unsupported_media_type', message };
    }
    default: {
      // 505, of a method that streams in both directions.
      const message = 'The method is called over HTTP/2 alone.';
      return { status, code, reason: 'invalid', message };
    }
  }
}
