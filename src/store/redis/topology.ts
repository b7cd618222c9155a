// Where Redis is, how it is reached, and what a standalone server and a cluster do differently.

import type { Cluster, Redis } from 'ioredis';
import type { NodeAddress } from './node-address.ts';
import type { NodeHealthEvents } from './node-health.ts';

/** Where Redis is: one server, or some of the servers of a cluster, which tell the others. */
export type RedisTarget =
  | ({ kind: 'standalone'; database?: number } & NodeAddress)
  | { kind: 'cluster'; nodes: NodeAddress[] };

export type ConnectionOptions = {
  target: RedisTarget;
  /** Empty or undefined: the default user. */
  username?: string | undefined;
  /** Asked at each connection. Empty or undefined: no log-in. */
  password?: (() => string) | undefined;
  connectTimeoutMs: number;
  /** Bounds each command, redirections included. */
  commandTimeoutMs: number;
  /** How often a cluster is asked for its masters even if nothing fails. */
  topologyRefreshMs: number;
} & NodeHealthEvents;

export type Client = Redis | Cluster;

/** What a standalone server and a cluster do differently. */
export type Topology = {
  client: Client;
  /** The master that should hold the key; undefined while that is not known. */
  addressOf(key: string): string | undefined;
  /** Connections to the masters that are known. */
  masters(): Redis[];
  /** Finds out, soon, who is master now. */
  lookAgain(): void;
};
