// The credential of the RPC listener: `authorization: Bearer <token>`, one of several, so that they
// can be rotated.

import type { IncomingHttpHeaders } from 'node:http';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import type { Logger } from '../../telemetry/log.ts';
import { checkCredential, RPC_CREDENTIAL } from '../credential.ts';
import { checkLocalName, checkNoForeignPage } from '../local-caller.ts';

/** Lets a call of a service pass by its headers, or throws a Refusal. Runs before the body is
 * read. */
export type Gate = (headers: IncomingHttpHeaders, serviceName: string) => void;

/**
 * Lets pass who presents a token. `tokens` is asked at each call. Health needs no token anywhere,
 * since Kubernetes' probes have none; reflection needs none on loopback.
 *
 * Without any token (`onLoopback`) every program of this machine passes, and no web page that
 * somebody opened on it. No page reaches a unix socket, whatever its callers put for a name.
 */
export function createBearerGate(options: {
  tokens: () => readonly string[];
  onLoopback: boolean;
  onUnixSocket: boolean;
  log: Logger;
}): Gate {
  const reflection = [ServerReflection.typeName, ServerReflectionAlpha.typeName];
  const open = new Set<string>([Health.typeName, ...(options.onLoopback ? reflection : [])]);
  return (headers, serviceName) => {
    const accepted = options.tokens();
    if (accepted.length > 0 && !open.has(serviceName)) {
      const log = options.log.child({ service: serviceName });
      checkCredential(headers, RPC_CREDENTIAL, { accepted, log });
    }
    if (accepted.length > 0 || !options.onLoopback || options.onUnixSocket) return;
    checkLocalName(headers, ', or set RPC_TOKEN');
    checkNoForeignPage(headers, ': set RPC_TOKEN, which the page does not know');
  };
}
