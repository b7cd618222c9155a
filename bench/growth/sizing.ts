// What a load needs, from measured constants: the calculation of docs/operate/sizing.md.

import type { Constants } from './measured.ts';

/** What is to be served. */
export type Demand = {
  /** Conversations that begin in a second, at the busiest time. */
  conversationsPerSecond: number;
  /** Conversations that are live at once: those of one SESSION_TTL. */
  liveSessions: number;
  /** `maxmemory` of one shard. */
  shardMebibytes: number;
};

export type Size = {
  gatewayCores: number;
  gateways: number;
  redisCores: number;
  redisMebibytes: number;
  shards: number;
  /** Memory of a gateway or sidecar. */
  memoryRequestMebibytes: number;
  memoryLimitMebibytes: number;
};

/** Utilization of one core up to which latencies are as measured; beyond it they grow. */
export const CORE_SHARE = 0.5;
/** Share of `maxmemory` that sessions may take: the rest is for buffers, fragments, a busy day. */
export const MEMORY_SHARE = 0.7;
/** One may be down. */
export const GATEWAYS_MIN = 2;
/** Redis Cluster needs three masters to agree on a failover. */
export const SHARDS_MIN = 3;
const MEMORY_STEP_MEBIBYTES = 32;

/** What serves a demand. A gateway is one process, and uses one core. */
export function sizeOf(demand: Demand, constants: Constants): Size {
  const { conversationsPerSecond, liveSessions, shardMebibytes } = demand;
  const coresFor = (ms: number) => (conversationsPerSecond * ms) / 1000;
  const gatewayCores = coresFor(constants.conversationServiceMs);
  const redisCores = coresFor(constants.conversationRedisMs);
  const redisMebibytes = (liveSessions * constants.conversationRedisBytes) / 2 ** 20;
  const stepAbove = (mebibytes: number) =>
    Math.ceil(mebibytes / MEMORY_STEP_MEBIBYTES) * MEMORY_STEP_MEBIBYTES;
  const memoryRequestMebibytes = stepAbove(constants.loadedMebibytes);
  return {
    ...{ gatewayCores, redisCores, redisMebibytes, memoryRequestMebibytes },
    gateways: Math.max(GATEWAYS_MIN, Math.ceil(gatewayCores / CORE_SHARE)),
    shards: Math.max(
      SHARDS_MIN,
      Math.ceil(redisCores / CORE_SHARE),
      Math.ceil(redisMebibytes / (MEMORY_SHARE * shardMebibytes)),
    ),
    memoryLimitMebibytes: 2 * memoryRequestMebibytes,
  };
}
