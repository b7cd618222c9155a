// The ways into the service that a writer can take: through any sidecar that is up, over either
// wire.

import type { Random } from '../../model/random.ts';
import type { Doors as Addresses, Sidecar } from '../world/sidecar.ts';
import { until } from '../world/until.ts';
import { createGrpcDoor, type GrpcDoor } from './grpc-door.ts';
import { createWebhookDoor, type WebhookDoor } from './webhook-door.ts';

export type OpenDoors = { webhook: WebhookDoor; grpc: GrpcDoor };

/** Gives the doors of one sidecar: of the preferred one, or of another while that is down. */
export type PickDoors = (random: Random, preferred?: number) => Promise<OpenDoors>;

export function createPickDoors(sidecars: readonly Sidecar[]): PickDoors {
  // A sidecar that was started again listens at new addresses.
  const opened = new WeakMap<Addresses, OpenDoors>();
  const open = (addresses: Addresses) => {
    const doors = opened.get(addresses) ?? {
      webhook: createWebhookDoor(addresses.webhook),
      grpc: createGrpcDoor(addresses.rpc),
    };
    opened.set(addresses, doors);
    return doors;
  };
  return async (random, preferred) => {
    const home = preferred === undefined ? undefined : sidecars[preferred % sidecars.length];
    const addresses = await until('a sidecar that is up', () => {
      const up = sidecars.flatMap((sidecar) => sidecar.doors() ?? []);
      return home?.doors() ?? (up.length > 0 ? random.pick(up) : undefined);
    });
    return open(addresses);
  };
}
