// Where Redis is, how it is reached, and what a standalone server, a group of servers under
// sentinels, and a cluster do differently.

import type { Redis } from 'ioredis';
import type { Echo } from '../echo/echo.ts';
import type { CircuitEvents } from './circuit.ts';
import type { ExpiryEventsOptions } from './expiry-options.ts';
import type { FollowCommand } from './followed-server.ts';
import type { NodeAddress } from './node-address.ts';
import type { NodeHealthEvents } from './node-health.ts';
import type { Redirection } from './redirection.ts';
import type { RequiredDurability } from './required-durability.ts';
import type { ServerCheckEvents } from './server-check.ts';

/** Where Redis is: one server; a master that sentinels watch under a name; or some of the servers
 * of a cluster, which name the others. */
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

/** The CAs to trust and the certificate to present; read at each connection. */
export type StoreTls = {
  /** PEM texts in use: the CAs, without which Node's own are trusted, and a client certificate with
   * its key. The same object until any of them changes. */
  current(): { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

export type ConnectionOptions = {
  target: RedisTarget;
  /** Empty or undefined: the default user. */
  username?: string | undefined;
  /** Called at each connection. Empty or undefined: no log-in. */
  password?: (() => string) | undefined;
  /** The credentials for the sentinels, if the target has any; likewise. */
  sentinelUsername?: string | undefined;
  sentinelPassword?: (() => string) | undefined;
  /** TLS with every server, sentinels among them. Undefined: none. */
  tls?: StoreTls | undefined;
  /** The name that the certificates of the servers must have. Empty or undefined: the host of the
   * connection. */
  tlsServerName?: string | undefined;
  connectTimeoutMs: number;
  /** Bounds each command, redirections included. */
  commandTimeoutMs: number;
  /** How often cluster or sentinels are asked for the masters even if nothing fails, and the
   * settings of the masters are checked. */
  topologyRefreshMs: number;
  /** Given where writes are echoed: called before a server is sampled, and then with the sample. */
  onSampling?: Echo['onSampling'] | undefined;
  /** The clock that intervals are measured with: that of `performance.now()`. */
  nowMonotonicMs?: () => number;
  /** What writes are to reach. Absent: `stored`. */
  durability?: RequiredDurability;
  /** Given where commands are traced. */
  followCommand?: FollowCommand | undefined;
  /** A group of writes has waited for replicas. */
  onDurabilityWaited?: (waited: { seconds: number; isConfirmed: boolean }) => void;
} & NodeHealthEvents &
  CircuitEvents &
  ServerCheckEvents &
  ExpiryEventsOptions;

/** What a topology is made with. */
export type TopologyOptions = ConnectionOptions & {
  /** Called with the client of each connection that becomes ready. */
  onReady: (client: Redis) => void;
};

/** What the kinds of targets do differently. */
export type Topology = {
  /** The connection to the master that should hold the key; undefined while none is known. */
  nodeOf(key: string): Redis | undefined;
  /** The slot of a key, and the connection to the master that should have that slot. Absent where
   * there is one master for all keys. */
  slotOf?(key: string): number;
  nodeAt?(slot: number): Redis | undefined;
  /** The master that should have a slot; undefined while that is not known. Likewise absent. */
  addressAt?(slot: number): string | undefined;
  /** Whether the master at an address should have slots, connected or not. Absent where there is
   * one master for all keys. */
  owns?(address: string): boolean;
  /** The connection to the server that a redirection names, once it is ready. Absent where servers
   * do not redirect. */
  redirected?(redirection: Redirection, from: Redis): Promise<Redis>;
  /** The master that should hold the key; undefined while that is not known. */
  addressOf(key: string): string | undefined;
  /** Connections to the masters that are known. */
  masters(): Redis[];
  /** How many replicas the master has, connected or not, according to the sentinels; undefined while
   * none answers. Absent where nobody else knows. */
  configuredReplicas?(): number | undefined;
  /** How many slots no master serves. Absent where there are none. */
  uncoveredSlots?(): number;
  /** Looks up the current masters, soon. */
  lookAgain(): void;
  /** Closes all connections. Pending commands are refused. */
  close(): void;
};
