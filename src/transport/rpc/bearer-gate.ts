// The credential of the RPC listener: `authorization: Bearer <token>`, one of several, so that they
// can be rotated.

import type { IncomingHttpHeaders } from 'node:http';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import type { AcceptedSecret, Caller } from '../../session/caller.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { CheckCallRate } from '../call-rate.ts';
import { checkCredential, RPC_CREDENTIAL } from '../credential.ts';
import { checkLocalName, checkNoForeignPage } from '../local-caller.ts';

/** Who calls a service, by the headers; undefined if no token is asked for. Throws a Refusal if the
 * call may not pass. Runs before the body is read. */
export type Gate = (headers: IncomingHttpHeaders, serviceName: string) => Caller | undefined;

/** Who calls by the headers of a call that lasts, now: its secret may have been withdrawn, or have
 * other rights. Throws a Refusal if the call may not continue. */
export type CurrentCaller = (headers: IncomingHttpHeaders) => Caller | undefined;

/** Asks the tokens again, and counts no call. Undefined if no token is asked for. */
export function createCurrentCaller(options: {
  tokens: () => readonly AcceptedSecret[];
  log: Logger;
}): CurrentCaller {
  const { tokens, log } = options;
  return (headers) => {
    const accepted = tokens();
    return accepted.length === 0
      ? undefined
      : checkCredential(headers, RPC_CREDENTIAL, { accepted, log });
  };
}

/**
 * Lets pass who presents a token. `tokens` is asked at each call. Health needs no token anywhere,
 * since Kubernetes' probes have none; reflection needs none on loopback.
 *
 * Without any token (`onLoopback`) every program of this machine passes, and no web page that
 * somebody opened on it. No page reaches a unix socket, whatever its callers put for a name.
 */
export function createBearerGate(options: {
  tokens: () => readonly AcceptedSecret[];
  onLoopback: boolean;
  onUnixSocket: boolean;
  checkRate: CheckCallRate;
  log: Logger;
}): Gate {
  const reflection = [ServerReflection.typeName, ServerReflectionAlpha.typeName];
  const open = new Set<string>([Health.typeName, ...(options.onLoopback ? reflection : [])]);
  const { checkRate } = options;
  return (headers, serviceName) => {
    const accepted = options.tokens();
    if (accepted.length > 0 && !open.has(serviceName)) {
      const log = options.log.child({ service: serviceName });
      const caller = checkCredential(headers, RPC_CREDENTIAL, { accepted, log });
      checkRate(caller);
      return caller;
    }
    if (accepted.length > 0 || !options.onLoopback || options.onUnixSocket) return undefined;
    checkLocalName(headers, ', or set RPC_TOKEN');
    checkNoForeignPage(headers, ': set RPC_TOKEN, which the page does not know');
    return undefined;
  };
}
