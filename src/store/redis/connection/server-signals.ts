// What INFO of the masters says of how the store is doing, for metrics.

import type { StoreSignals } from '../../store-setup.ts';

/** What INFO is asked for. */
export const SIGNAL_SECTIONS = ['stats', 'replication'] as const;

/** How one master is doing. */
export type ServerSignals = {
  connectedReplicas: number;
  /** How far the replica is behind that is furthest behind, in bytes. */
  replicationLagBytes: number;
  /** Keys that were evicted since the server was started. */
  evictedKeys: number;
  /** It could not write its append-only file, or its last snapshot. */
  isDiskFailing: boolean;
};

const ONLINE_REPLICA = /\bstate=online\b.*\boffset=(\d+)/;

/** The signals in the answer to INFO. */
export function signalsFrom(info: ReadonlyMap<string, string>): ServerSignals {
  const number = (field: string) => Number(info.get(field) ?? 0);
  const offset = number('master_repl_offset');
  const lags = [...info].flatMap(([field, value]) => {
    const [, acknowledged] = (/^slave\d+$/.test(field) && ONLINE_REPLICA.exec(value)) || [];
    return acknowledged === undefined ? [] : [Math.max(0, offset - Number(acknowledged))];
  });
  return {
    connectedReplicas: number('connected_slaves'),
    replicationLagBytes: Math.max(0, ...lags),
    evictedKeys: number('evicted_keys'),
    isDiskFailing:
      info.get('aof_last_write_status') === 'err' || info.get('rdb_last_bgsave_status') === 'err',
  };
}

/** Sums up the signals of all masters at each look. What was evicted before the first look at a
 * server is not counted. */
export function createStoreSignals() {
  const seenBefore = new Map<string, number>();
  return (
    masters: ReadonlyMap<string, ServerSignals>,
    uncoveredSlots: number,
  ): StoreSignals | undefined => {
    if (masters.size === 0) return undefined;
    const all = [...masters.values()];
    let evictedKeys = 0;
    for (const [address, { evictedKeys: now }] of masters) {
      const before = seenBefore.get(address) ?? now;
      // Fewer: the server was started again.
      evictedKeys += now < before ? now : now - before;
      seenBefore.set(address, now);
    }
    for (const address of seenBefore.keys()) if (!masters.has(address)) seenBefore.delete(address);
    return {
      connectedReplicas: Math.min(...all.map(({ connectedReplicas }) => connectedReplicas)),
      replicationLagBytes: Math.max(...all.map(({ replicationLagBytes }) => replicationLagBytes)),
      evictedKeys,
      failingDisks: all.filter(({ isDiskFailing }) => isDiskFailing).length,
      uncoveredSlots,
    };
  };
}
