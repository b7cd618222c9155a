// Where Redis is, how it is reached, and what a standalone server, a group of servers under
// sentinels, and a cluster do differently.

import type { Redis } from 'ioredis';
import type { NodeAddress } from './node-address.ts';
import type { NodeHealthEvents } from './node-health.ts';
import type { Redirection } from './redirection.ts';
import type { ServerCheckEvents } from './server-check.ts';

/** Where Redis is: one server; a master that sentinels watch under a name; or some of the servers
 * of a cluster, which tell the others. */
export type RedisTarget =
  | ({ kind: 'standalone'; database?: number } & NodeAddress)
  | ({ kind: 'sentinel' } & SentinelTarget)
  | { kind: 'cluster'; nodes: NodeAddress[] };

/** A master that sentinels watch. */
export type SentinelTarget = {
  sentinels: NodeAddress[];
  /** Of the master, at the sentinels. */
  name: string;
  database?: number;
};

/** Whom to trust and what to present; asked at each connection. */
export type StoreTls = {
  /** PEM texts that serve: the CAs, without which Node's own are trusted, and a client
   * certificate with its key. The same object until any of them changed. */
  current(): { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

export type ConnectionOptions = {
  target: RedisTarget;
  /** Empty or undefined: the default user. */
  username?: string | undefined;
  /** Asked at each connection. Empty or undefined: no log-in. */
  password?: (() => string) | undefined;
  /** As whom to log in at the sentinels, where the target has any; likewise. */
  sentinelUsername?: string | undefined;
  sentinelPassword?: (() => string) | undefined;
  /** TLS with every server, sentinels among them. Undefined: none. */
  tls?: StoreTls | undefined;
  /** What the certificates of the servers are checked for. Empty or undefined: the host that is
   * connected to. */
  tlsServerName?: string | undefined;
  connectTimeoutMs: number;
  /** Bounds each command, redirections included. */
  commandTimeoutMs: number;
  /** How often cluster or sentinels are asked for the masters even if nothing fails, and the
   * masters for how they are set up. */
  topologyRefreshMs: number;
  /** The clock that intervals are measured with: that of `performance.now()`. */
  nowMonotonicMs?: () => number;
} & NodeHealthEvents &
  ServerCheckEvents;

/** What a topology is made with. */
export type TopologyOptions = ConnectionOptions & {
  /** Told of each connection that is ready, by its client. */
  onReady: (client: Redis) => void;
};

/** What the kinds of targets do differently. */
export type Topology = {
  /** The connection to the master that should hold the key; undefined while none is known. */
  nodeOf(key: string): Redis | undefined;
  /** The connection to where a server said that a key is, once it is ready. Absent where servers
   * do not say that. */
  redirected?(redirection: Redirection, from: Redis): Promise<Redis>;
  /** The master that should hold the key; undefined while that is not known. */
  addressOf(key: string): string | undefined;
  /** Connections to the masters that are known. */
  masters(): Redis[];
  /** Finds out, soon, who is master now. */
  lookAgain(): void;
  /** Lets go of all connections. Commands on their way are refused. */
  close(): void;
};
