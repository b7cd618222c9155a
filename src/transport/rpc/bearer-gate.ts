// The credential of the RPC listener: `authorization: Bearer <token>`, one of several, so that they can be
// rotated.

import type { IncomingHttpHeaders } from 'node:http';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { matchesSecret } from '../credential.ts';

/** Lets a call of a service pass by its headers, or throws a Refusal. Runs before the body is read. */
export type Gate = (headers: IncomingHttpHeaders, serviceName: string) => void;

/**
 * Lets pass who presents a token. `tokens` is asked at each call; without any, everybody passes. Health needs
 * no token anywhere, since Kubernetes' probes have none; reflection needs none on loopback.
 */
export function createBearerGate(options: {
  tokens: () => readonly string[] | undefined;
  onLoopback: boolean;
  log: Logger;
}): Gate {
  const reflection = [ServerReflection.typeName, ServerReflectionAlpha.typeName];
  const open = new Set<string>([Health.typeName, ...(options.onLoopback ? reflection : [])]);
  return (headers, serviceName) => {
    const tokens = options.tokens() ?? [];
    if (tokens.length === 0 || open.has(serviceName)) return;
    const { scheme, token } = presentedIn(headers);
    if (scheme === 'Bearer' && matchesSecret(token, tokens)) return;
    options.log.rarely('rpc-token').warn('An RPC was refused for its token', {
      service: serviceName,
      scheme,
      receivedLength: token.trim().length,
      expectedLengths: tokens.map((expected) => expected.length),
      hadWhiteSpace: token !== token.trim(),
    });
    throw refusalOf(scheme);
  };
}

type Scheme = 'none' | 'Bearer' | 'other';

function presentedIn({ authorization }: IncomingHttpHeaders): { scheme: Scheme; token: string } {
  if (!authorization?.trim()) return { scheme: 'none', token: '' };
  const match = /^\s*Bearer (.*)$/i.exec(authorization);
  return { scheme: match ? 'Bearer' : 'other', token: match?.[1] ?? '' };
}

function refusalOf(scheme: Scheme): Refusal {
  if (scheme === 'Bearer') return new Refusal('wrong_bearer', 'the token is not one that is accepted here');
  return new Refusal('unauthenticated', 'a token is required: send `authorization: Bearer <token>`');
}
