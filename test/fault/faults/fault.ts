// What every fault promises.

import type { Random } from '../../model/random.ts';
import type { Findings } from '../check/check-round.ts';
import type { Sidecar, Version } from '../world/sidecar.ts';
import type { Shard, World, WorldKind } from '../world/world.ts';

/** Whom a fault strikes. Faults of one round strike the same shard and the same sidecar. */
export type Target = {
  world: World;
  shard: Shard;
  sidecar: Sidecar;
  random: Random;
  /** Sessions that are under load. */
  sessionIds: readonly string[];
  /** Checked out by who needs it. */
  former: () => Version;
};

export type Fault = {
  name: string;
  /** The worlds in which it can strike. */
  worlds: readonly WorldKind[];
  /** Whether the store itself may lose by it what it had acknowledged and not yet replicated. */
  mayLose(world: WorldKind): boolean;
  /** Whether it may lose also what the replicas have. */
  losesReplicated?: boolean;
  /** Whether the spool may have no room for what is to wait there until replicas have it. */
  fillsSpool?: boolean;
  /** What else it may cause, and nothing can prevent. */
  mayCause?(world: WorldKind): readonly (keyof Findings)[];
  /** How many masters die by it or are replaced. */
  failovers?: number;
  /** Whether it strikes every shard, and not only the chosen one. */
  strikesAll?: boolean;
  /** Whether it strikes sidecars, so that what they answer for every shard is late. */
  strikesSidecars?: boolean;
  /** Settings that the sidecars need for it. Without them it is only tried where it is asked for. */
  needs?: Readonly<Record<string, string>>;
  /** Whether an update may be acknowledged although its session could not be written in its user's
   * index in time. Until its next update the erase of the user does not find the session. */
  losesNotes?: boolean;
  /** For how long it lasts until it is healed, ms. */
  lastsMs: number;
  /** Strikes, and gives what heals it: after that, and some time, the world is whole again. */
  strike(target: Target): Promise<() => Promise<void>>;
};

export const never = () => false;
export const always = () => true;
/** Where sentinels promote a replica without waiting until it has everything. */
export const underSentinel = (world: WorldKind) => world === 'sentinel';

export const EVERYWHERE: readonly WorldKind[] = ['cluster', 'sentinel', 'sqlite'];
export const ON_REDIS: readonly WorldKind[] = ['cluster', 'sentinel'];
export const ON_CLUSTER: readonly WorldKind[] = ['cluster'];
