// Writes that wait until replicas have them: for each master its connections, and the batches that go
// over them.

import type { Redis } from 'ioredis';
import type { ServerClock } from '../clock/server-clock.ts';
import type { RequiredDurability } from '../connection/required-durability.ts';
import type { Server } from '../connection/server.ts';
import type { ConnectionOptions } from '../connection/topology.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import type { ReplicaCount } from './replica-count.ts';
import { openWaitConnection } from './wait-connection.ts';

/** Connections to one master: while one waits, the other one writes. */
const CONNECTIONS = 2;
/** How much longer than a command a write to an append-only file may take: by default one is written
 * to disk once a second. */
const SYNCED_WAIT_FACTOR = 3;

export type Replication = {
  /** The same server, whose writes may take part in batches. */
  serverOf(master: Redis, plain: Server, options: { isAsking: boolean }): Server;
  /** Connects to masters before the first write needs it. */
  prepare(masters: readonly Redis[]): void;
  /** How many replicas must have a write; undefined while that is not known. */
  replicasOf(master: Redis): number | undefined;
  /** The connections that are open. */
  clients(): Redis[];
};

type Parts = {
  level: Exclude<RequiredDurability['level'], 'stored'>;
  replicaCount: ReplicaCount;
  clockOf: (client: Redis) => ServerClock | undefined;
  /** Resolves when the clock of the server is known. */
  readClock: (client: Redis) => Promise<unknown>;
};

type Group = { clients: readonly Redis[]; commit: GroupCommit };

export function createReplication(
  options: Pick<ConnectionOptions, 'password' | 'commandTimeoutMs' | 'onDurabilityWaited'>,
  { level, replicaCount, clockOf, readClock }: Parts,
): Replication {
  const { commandTimeoutMs } = options;
  const longestWaitMs = commandTimeoutMs * (level === 'synced' ? SYNCED_WAIT_FACTOR : 1);
  const groups = new Map<Redis, Group>();

  return {
    serverOf: (master, plain, { isAsking }) => ({
      ...plain,
      openBatch: (endsAtMs) =>
        master.status === 'ready' ? groupOf(master).commit.open({ endsAtMs, isAsking }) : undefined,
    }),
    prepare(masters) {
      for (const master of masters) if (master.status === 'ready') groupOf(master);
      replicaCount.refresh(masters);
    },
    replicasOf: (master) => replicaCount.of(master),
    clients: () => [...groups.values()].flatMap(({ clients }) => clients),
  };

  function groupOf(master: Redis): Group {
    const known = groups.get(master);
    if (known !== undefined) return known;
    const onReady = (client: Redis) => {
      readClock(client).then(
        () => commit.wake(),
        () => {},
      );
    };
    const clients = Array.from({ length: CONNECTIONS }, () =>
      openWaitConnection(master, options, { longestWaitMs, onReady }),
    );
    const commit = createGroupCommit({
      ...{ level, clients, clockOf, commandTimeoutMs, longestWaitMs },
      isConnected: () => master.status === 'ready',
      replicas: () => replicaCount.of(master),
      onWaited: options.onDurabilityWaited ?? (() => {}),
    });
    const group = { clients, commit };
    groups.set(master, group);
    master.on('end', () => groups.delete(master));
    return group;
  }
}
