// Several sidecars on one SQLite file.

import { createNetwork } from './network.ts';
import { startSidecars, untilReady } from './start-sidecars.ts';
import type { World, WorldOptions } from './world.ts';

export async function startSqliteWorld(options: WorldOptions): Promise<World> {
  const network = createNetwork();
  const { sidecars, stop } = await startSidecars(options, { store: {}, network });
  return {
    kind: 'sqlite',
    detectedWithinMs: 0,
    sidecars,
    network,
    shards: [],
    shardOf: () => 0,
    untilWhole: () => untilReady(sidecars),
    stop,
  };
}
