// How many replicas must confirm a write. The number is fixed: a setting, or how many replicas are
// configured. Never how many are connected: during a planned failover a master still has a replica
// that confirms its writes, and both then follow the new master, which never saw them. If
// all replicas are required, the one that is promoted is among them.
//
// Who is configured is known to the sentinels, and to each node of a cluster; both also count
// replicas that are down. While roles change the number may be lower for a moment, so the highest
// one of the last minute counts.

import type { Redis } from 'ioredis';
import type { RequiredDurability } from '../connection/required-durability.ts';

const REMEMBERED_MS = 60_000;

export type ReplicaCount = {
  /** How many replicas of a master must confirm; undefined while that is not known. */
  of(master: Redis): number | undefined;
  /** Looks up again how many are configured. */
  refresh(masters: readonly Redis[]): void;
};

export function createReplicaCount({
  required,
  configured,
  nowMonotonicMs,
}: {
  required: RequiredDurability['replicas'];
  /** How many replicas the sentinels know of. Absent: each master is asked, as in a cluster. */
  configured: (() => number | undefined) | undefined;
  nowMonotonicMs: () => number;
}): ReplicaCount {
  if (required !== 'all') return { of: () => required, refresh: () => {} };
  const highest = new WeakMap<object, Seen[]>();
  const sentinels = {};

  return {
    of(master) {
      if (configured !== undefined) note(sentinels, configured());
      const seen = highest.get(configured === undefined ? master : sentinels);
      // A master without any replica has nobody to confirm a write.
      return seen && Math.max(1, ...seen.map(({ count }) => count));
    },
    refresh(masters) {
      if (configured !== undefined) return;
      for (const master of masters) {
        if (master.status !== 'ready') continue;
        const asked = master.call('cluster', ['NODES']);
        // Without an answer, the number stays as it is known.
        asked.then(
          (nodes) => note(master, replicasOfMyself(String(nodes))),
          () => {},
        );
      }
    },
  };

  function note(key: object, count: number | undefined): void {
    if (count === undefined) return;
    const atMs = nowMonotonicMs();
    const earlier = (highest.get(key) ?? []).filter(
      (seen) => seen.count > count && atMs - seen.atMs < REMEMBERED_MS,
    );
    highest.set(key, [...earlier, { count, atMs }]);
  }
}

type Seen = { count: number; atMs: number };

/** How many replicas a node has that answered CLUSTER NODES, connected or not. */
export function replicasOfMyself(nodes: string): number {
  const lines = nodes.split('\n').map((line) => line.split(' '));
  const [id] = lines.find(([, , flags = '']) => flags.split(',').includes('myself')) ?? [];
  return id === undefined ? 0 : lines.filter(([, , , master]) => master === id).length;
}
