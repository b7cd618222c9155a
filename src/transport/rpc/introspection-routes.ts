// What a listener says about itself: health, and the protos of all that it serves.

import type { DescService } from '@bufbuild/protobuf';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { SessionService } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { generatedMethod, type Method } from '../wires/method.ts';
import { createHealth, type Readiness } from './health.ts';
import { createReflection } from './reflection.ts';

/** Health, and reflection of it and of SessionService: the unary methods, and the streams for
 * Connect's router. `closing` is aborted when the process begins to shut down. */
export function createIntrospection(options: { readiness: Readiness; closing: AbortSignal }): {
  methods: Method[];
  streams: (router: ConnectRouter) => void;
} {
  const health = createHealth(options.readiness, options.closing);
  const addReflection = reflectionRoutes([SessionService, Health], options.closing);
  return {
    methods: [
      generatedMethod(Health.method.check, health.check),
      generatedMethod(Health.method.list, health.list),
    ],
    streams(router) {
      router.rpc(Health.method.watch, health.watch);
      addReflection(router);
    },
  };
}

/** Adds reflection (v1, v1alpha) of these services and of itself. */
export function reflectionRoutes(services: readonly DescService[], closing: AbortSignal) {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const reflection = createReflection(all, closing);
  // The same messages under another package name: what is built for one is right for the other.
  const alpha = reflection as unknown as ServiceImpl<typeof ServerReflectionAlpha>;
  return (router: ConnectRouter): void => {
    router.service(ServerReflection, reflection);
    router.service(ServerReflectionAlpha, alpha);
  };
}
