// Calls that Connect answers by a status alone, since it knows no protocol in which to say more. They
// are answered as errors of Connect, with that status.

import { errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { Refusal } from '../../session/errors.ts';
import { answerJson } from '../json-answer.ts';
import type { HttpResponse } from '../server/http-exchange.ts';
import { connectErrorFrom } from './rpc-error.ts';

/** Answers such a call; returns its refusal. `allowed`: the HTTP methods that it takes. */
export function answerBadForm(
  response: HttpResponse,
  status: number,
  allowed: readonly string[],
): Refusal {
  const refusal = refusalOf(status, allowed);
  const headers = status === 405 ? { allow: allowed.join(', ') } : {};
  const body = Buffer.from(errorToJsonBytes(connectErrorFrom(refusal), undefined));
  answerJson(response, body.toString(), { status, headers });
  return refusal;
}

function refusalOf(status: number, allowed: readonly string[]): Refusal {
  switch (status) {
    case 405:
      return new Refusal('method_not_allowed', `the method is called by ${allowed.join(' or ')}`);
    case 415:
      return new Refusal(
        'unsupported_media_type',
        'the content type is none of Connect, gRPC or gRPC-Web: send application/json, for instance',
      );
    default:
      // 505, of a method that streams in both directions.
      return new Refusal('unimplemented', 'the method is called over HTTP/2 only');
  }
}
