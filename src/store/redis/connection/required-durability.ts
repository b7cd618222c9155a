import type { StoreDurability } from '../../durability.ts';

/** What a store is to reach with each write that it acknowledges. */
export type RequiredDurability = {
  level: StoreDurability;
  /** How many replicas must have it, for every level but `stored`; `all`: every one that the
   * sentinels or the cluster know of, whether it is connected or not. */
  replicas: number | 'all';
};
