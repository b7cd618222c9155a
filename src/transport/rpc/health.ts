// grpc.health.v1: whether this process can do its work now, for Kubernetes' gRPC probes and for
// clients that balance by health.

import type { HandlerContext } from '@connectrpc/connect';
import { SessionService } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import {
  type HealthCheckRequest,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import { Refusal } from '../../session/errors.ts';
import { abortedCall } from '../wires/rpc-error.ts';

/** Whether the process is ready, and word of every change. */
export type Readiness = {
  current(): boolean;
  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void;
};

/** Most Watch calls at once. They need no token and last, so they must not fill the listener. */
const WATCHES_MAX = 100;

/** The empty name is the process as a whole. */
const SERVICES: readonly string[] = ['', SessionService.typeName];

/** Once `closing` is aborted nothing is serving, and every Watch says so and ends. */
export function createHealth(readiness: Readiness, closing: AbortSignal) {
  let watches = 0;

  function statusOf(service: string): ServingStatus {
    if (!SERVICES.includes(service)) return ServingStatus.SERVICE_UNKNOWN;
    return readiness.current() && !closing.aborted
      ? ServingStatus.SERVING
      : ServingStatus.NOT_SERVING;
  }

  return {
    check({ service }: HealthCheckRequest) {
      const status = statusOf(service);
      if (status === ServingStatus.SERVICE_UNKNOWN)
        throw new Refusal('not_found', 'unknown service');
      return { status };
    },

    list() {
      return {
        statuses: Object.fromEntries(SERVICES.map((name) => [name, { status: statusOf(name) }])),
      };
    },

    async *watch({ service }: HealthCheckRequest, { signal }: HandlerContext) {
      if (watches >= WATCHES_MAX) {
        throw new Refusal('overloaded', `too many Watch calls: at most ${WATCHES_MAX} at once`);
      }
      watches += 1;
      const changes = createChanges();
      const unsubscribe = readiness.subscribe(changes.notify);
      closing.addEventListener('abort', changes.notify);
      signal.addEventListener('abort', changes.notify);
      try {
        let sent: ServingStatus | undefined;
        while (!signal.aborted) {
          // Taken before the status is read, so that no change in between is missed.
          const nextChange = changes.next();
          const status = statusOf(service);
          if (status !== sent) yield { status };
          sent = status;
          if (closing.aborted) return;
          await nextChange;
        }
        throw abortedCall(signal.reason);
      } finally {
        watches -= 1;
        unsubscribe();
        closing.removeEventListener('abort', changes.notify);
        signal.removeEventListener('abort', changes.notify);
      }
    },
  };
}

function createChanges(): { next(): Promise<void>; notify(): void } {
  let change = Promise.withResolvers<void>();
  return {
    next() {
      change = Promise.withResolvers<void>();
      return change.promise;
    },
    notify: () => change.resolve(),
  };
}
