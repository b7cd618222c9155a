import type { RedisServer } from '../../support/redis-server.ts';
import type { NetworkRule } from '../world/network.ts';
import { partyOf, type Shard, type World } from '../world/world.ts';

/** Connections of the sidecars to a server. */
export function fromSidecars(world: World, server: RedisServer): NetworkRule['concerns'] {
  const names = new Set(world.sidecars.map(({ name }) => name));
  return (ends) => ends.to === partyOf(server) && names.has(ends.from ?? '');
}

/** Holds back what a master sends to its replicas. The servers still see that all are there. */
export function withoutReplication(shard: Shard, master: RedisServer): NetworkRule {
  const replicas = new Set(
    shard.servers.filter((server) => server !== master).map((server) => partyOf(server)),
  );
  return {
    concerns: (ends) => !ends.isBus && ends.to === partyOf(master) && replicas.has(ends.from ?? ''),
    replies: 'hold',
  };
}
