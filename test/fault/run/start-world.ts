import { startClusterWorld } from '../world/cluster-world.ts';
import { startSentinelWorld } from '../world/sentinel-world.ts';
import { startSqliteWorld } from '../world/sqlite-world.ts';
import type { World, WorldKind, WorldOptions } from '../world/world.ts';

const START: Readonly<Record<WorldKind, (options: WorldOptions) => Promise<World>>> = {
  cluster: startClusterWorld,
  sentinel: startSentinelWorld,
  sqlite: startSqliteWorld,
};

/** Starts a world of that kind. */
export function startWorld(kind: WorldKind, options: WorldOptions): Promise<World> {
  return START[kind](options);
}
