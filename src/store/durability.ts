/** How safely a store keeps what it acknowledged, weakest first. */
export const STORE_DURABILITIES = [
  /** The store has it: the master of its shard in Redis, or the database file. */
  'stored',
  /** As many replicas as are configured have it in memory as well. */
  'replicated',
  /** It is in the append-only file of the master, and of as many replicas, on disk. */
  'synced',
] as const;

export type StoreDurability = (typeof STORE_DURABILITIES)[number];

/** Whether something is kept less safely than required. */
export function isWeaker(reached: StoreDurability, required: StoreDurability): boolean {
  return STORE_DURABILITIES.indexOf(reached) < STORE_DURABILITIES.indexOf(required);
}

/** The durability of several writes together: that of the weakest. */
export function weakestOf(
  first: StoreDurability,
  ...others: readonly StoreDurability[]
): StoreDurability {
  return others.reduce((weakest, other) => (isWeaker(other, weakest) ? other : weakest), first);
}
