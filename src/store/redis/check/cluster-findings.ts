// What the map of a cluster says: whether all slots are served, and who would take over.

import type { StoreFinding } from '../../store-finding.ts';
import { addressOf, type NodeAddress } from '../connection/node-address.ts';

export const SLOTS = 16_384;
/** With fewer, the loss of one master leaves no majority to promote its replica. */
const MASTERS_MIN = 3;

/** A master of a cluster, and its replicas. */
export type ClusterShard = {
  master: NodeAddress;
  replicas: NodeAddress[];
  /** Ranges of slots, each with its first and last one. */
  ranges: [first: number, last: number][];
};

type Range = [
  first: number,
  last: number,
  ...servers: [host: string | null, port: number, ...unknown[]][],
];

/** The shards in the answer to CLUSTER SLOTS, whose hosts are complete. */
export function shardsFrom(ranges: readonly Range[]): ClusterShard[] {
  const shards = new Map<string, ClusterShard>();
  for (const [first, last, ...servers] of ranges) {
    const [master, ...replicas] = servers.map(([host, port]) => ({ host: host ?? '', port }));
    if (master === undefined) continue;
    const shard = shards.getOrInsertComputed(addressOf(master), () => {
      return { master, replicas, ranges: [] };
    });
    shard.ranges.push([first, last]);
  }
  return [...shards.values()];
}

/** The findings about the whole cluster. */
export function clusterFindings(shards: readonly ClusterShard[]): StoreFinding[] {
  const served = shards.flatMap(({ ranges }) => ranges);
  const slots = served.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const replicas = shards.reduce((sum, shard) => sum + shard.replicas.length, 0);
  return [
    slots === SLOTS
      ? ok('topology', `${shards.length} masters serve all ${SLOTS} slots`)
      : {
          check: 'topology',
          level: 'unfit',
          text: `${SLOTS - slots} of ${SLOTS} slots are served by no master: their sessions are refused`,
        },
    ...majorityFindings(shards),
    ...shards.flatMap(replicaFindings),
    ...(replicas > 0 ? [ok('replicas', `${replicas} replicas of ${shards.length} masters`)] : []),
  ];
}

function majorityFindings(shards: readonly ClusterShard[]): StoreFinding[] {
  const findings: StoreFinding[] = [];
  if (shards.length < MASTERS_MIN) {
    const text =
      `${shards.length} masters: with fewer than ${MASTERS_MIN}, no majority is left to promote a ` +
      'replica when one is lost';
    findings.push({ check: 'replicas', level: 'warning', text });
  }
  const byHost = Map.groupBy(shards, ({ master }) => master.host);
  for (const [host, onHost] of byHost)
    if (2 * onHost.length >= shards.length && shards.length >= MASTERS_MIN) {
      const text =
        `${onHost.length} of ${shards.length} masters are on ${host}: ` +
        'if it is lost, no majority is left to promote their replicas';
      findings.push({ check: 'replicas', level: 'warning', text });
    }
  return findings;
}

function replicaFindings({ master, replicas }: ClusterShard): StoreFinding[] {
  const address = addressOf(master);
  if (replicas.length === 0) {
    const text = `${address}: it has no replica: if it is lost, so are its sessions`;
    return [{ check: 'replicas', level: 'warning', text }];
  }
  if (replicas.some(({ host }) => host !== master.host)) return [];
  const text = `${address}: all of its replicas are on its own host, and lost with it`;
  return [{ check: 'replicas', level: 'warning', text }];
}

function ok(check: StoreFinding['check'], text: string): StoreFinding {
  return { check, level: 'ok', text };
}
