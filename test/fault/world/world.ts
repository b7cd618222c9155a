// A store of one kind with its servers, sidecars in front of it, and the network between them.

import type { RedisServer } from '../../support/redis-server.ts';
import type { Network } from './network.ts';
import type { Sidecar } from './sidecar.ts';

export type WorldKind = 'cluster' | 'sentinel' | 'sqlite';

/** Servers of which one is the master of the same data. */
export type Shard = {
  name: string;
  /** Their names in the network are their own ports (`partyOf`). */
  servers: readonly RedisServer[];
  master(): Promise<RedisServer>;
  /** Starts a planned failover, and waits until another master has taken over. */
  failOver(): Promise<void>;
  /** Waits until another server than this one is known as the master. */
  untilReplaced(master: RedisServer): Promise<void>;
};

export type World = {
  kind: WorldKind;
  /** After so long its servers take a silent master for dead. */
  detectedWithinMs: number;
  sidecars: readonly Sidecar[];
  network: Network;
  /** None where the store is a file. */
  shards: readonly Shard[];
  /** The place of the shard that holds a session now. */
  shardOf(sessionId: string): number;
  /** Of a cluster: the place of the shard of each slot that was moved, for `shardOf`. */
  moved?: Map<number, number>;
  slotOf?(sessionId: string): number;
  /** Sets how far a server's clock is ahead, where clocks can be set. */
  setClock?: ((server: RedisServer, offsetMs: number) => void) | undefined;
  /** Waits until every server runs, every replica has what its master has, and every sidecar can
   * write. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
};

/** What a world is started with. */
export type WorldOptions = {
  sidecars: number;
  /** Settings of the sidecars. */
  settings: Record<string, string>;
  /** Their `src/main.ts`; that of this version if it is not given. */
  main?: string | undefined;
  /** Whether the clocks of the servers can be set. */
  hasClocks?: boolean | undefined;
};

/** The name of a server in the network. */
export function partyOf({ port }: RedisServer): string {
  return `${port}`;
}
