// The connection to Redis, whatever its topology: one command in, its answer or StoreUnavailable
// out.
//
// A write carries the time at which it was sent and its deadline, by the clock of its server. So no
// command is kept for later: there is no queue while there is no connection, and a command whose
// connection was lost is not sent again. A command is tried once, on a connection that is ready; if
// a cluster redirects it, it is built again for the other server's clock; otherwise it fails at
// once, with a reason that names host and cause. The caller may try again, within the request's
// deadline.
//
// Every failure also makes the client look up the masters again, so that the next attempt finds the
// new one.

import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../../session-store.ts';
import type { StoreRefusal } from '../../store-refusal.ts';
import { createNodeClocks } from '../clock/node-clocks.ts';
import { createReplicaCount } from '../replication/replica-count.ts';
import { createReplication, type Replication } from '../replication/replication.ts';
import { connectCluster } from './cluster.ts';
import { failureReason, NOT_CONNECTED } from './failure-reason.ts';
import { addressOf } from './node-address.ts';
import { createNodeHealth, type NodeFailure, type NodeHealth } from './node-health.ts';
import { redirectionFrom } from './redirection.ts';
import { connectThroughSentinels } from './sentinel.ts';
import type { Server } from './server.ts';
import { watchServers } from './server-check.ts';
import { serverRefusal, withoutArguments } from './server-refusal.ts';
import { connectStandalone } from './standalone.ts';
import type { ConnectionOptions, Topology, TopologyOptions } from './topology.ts';
import { createWriteProbe } from './write-probe.ts';

/** MOVED and ASK of a resharding; a map that is right needs none. */
const REDIRECTIONS_MAX = 5;
const TOO_MANY_REDIRECTIONS = `it sent elsewhere, as ${REDIRECTIONS_MAX} others had done`;
/** How often to check whether a clock is to be read again. */
const CLOCKS_EVERY_MS = 1000;
/** How often to check whether the first connection is ready: that takes milliseconds. */
const FIRST_CONNECTION_PAUSE_MS = 5;
/** A store that worked so recently may be in a failover, or its password may just be changing. */
const RECENTLY_MS = 5000;

export type RedisConnection = {
  /** Calls `command` with the server that has `key`, and again for each redirection by a cluster.
   * Throws StoreUnavailable if no answer came, or if the server answered with an error. */
  send<Answer>(call: {
    operation: string;
    key: string;
    /** Whether it is a write that may have to wait for replicas. */
    isKept?: boolean;
    command: (server: Server) => Promise<Answer>;
  }): Promise<Answer>;
  /**
   * Resolves if at least one master would take a write. Readiness means that a write can be
   * acknowledged, and while one shard of a cluster has no master, or its master refuses writes, the
   * others still serve; the missing one is reported to `onConnectionError`, one that refuses to
   * `onServersChecked`. Throws StoreUnavailable with the reason of each master if none would take a
   * write. Before the first connection it waits for that, up to its timeout.
   */
  ping(): Promise<void>;
  /** Closes all connections. Pending commands are refused, and all later ones. */
  close(): void;
};

/** Starts to connect, and keeps trying until it is closed. */
export function openConnection(
  options: ConnectionOptions & { keyPrefix: string },
): RedisConnection {
  const { commandTimeoutMs, keyPrefix, nowMonotonicMs = () => performance.now() } = options;
  const clocks = createNodeClocks(nowMonotonicMs);
  const health = createNodeHealth({
    ...options,
    onConnected(connected) {
      options.onConnected(connected);
      serverCheck.lookSoon();
    },
  });
  // No write goes out before the clock of its server is known.
  const onReady = (client: Redis) => {
    clocks.refresh([client]);
    replication?.prepare(topology.masters().filter((master) => master === client));
  };
  const topology = connect({ ...options, onReady }, health);
  const replication = replicationAt(topology);
  const probe = createWriteProbe(topology, {
    keyPrefix,
    isCluster: options.target.kind === 'cluster',
  });
  const clockOf = (master: Redis) => clocks.known(master)?.interval();
  const checkOptions = {
    ...{ ...options, nowMonotonicMs, clockOf, refusalOf: refusalOfWrites },
    replicasOf: (master: Redis) => replication?.replicasOf(master),
  };
  const serverCheck = watchServers(topology.masters, checkOptions);
  const watch = () => {
    clocks.refresh([...topology.masters(), ...(replication?.clients() ?? [])]);
    replication?.prepare(topology.masters());
  };
  const clockWatch = setInterval(watch, CLOCKS_EVERY_MS).unref();
  const servers = new WeakMap<Redis, Server>();
  const openedMs = performance.now();
  let lastReadyMs = Number.NEGATIVE_INFINITY;
  let closed = false;

  return {
    async send({ operation, key, isKept = false, command }) {
      if (closed) throw closedRefusal(operation);
      let node = topology.nodeOf(key);
      let redirectedTo: string | undefined;
      if (node === undefined) {
        topology.lookAgain();
        throw unavailable(operation, health.failures(topology.addressOf(key)));
      }
      let isAsking = false;
      for (let redirections = 0; ; redirections++) {
        try {
          return await command(serverFor(node, { isAsking, isKept }));
        } catch (error) {
          const redirection = redirectionFrom(error);
          if (redirection === undefined || topology.redirected === undefined)
            throw failed(operation, {
              error,
              key,
              address: redirectedTo ?? topology.addressOf(key),
            });
          if (redirections === REDIRECTIONS_MAX)
            throw failed(operation, {
              error: new Error(TOO_MANY_REDIRECTIONS),
              key,
              address: redirectedTo,
            });
          const address = addressOf(redirection.address);
          node = await topology.redirected(redirection, node).catch((reason) => {
            throw failed(operation, { error: reason, key, address });
          });
          isAsking = redirection.isAsked;
          redirectedTo = address;
        }
      }
    },

    async ping() {
      await firstConnection();
      if (closed) throw closedRefusal('ping');
      const masters = topology.masters();
      const answers = masters.map((master) => probe.ask(master));
      try {
        await Promise.any(answers);
        lastReadyMs = performance.now();
      } catch (failure) {
        topology.lookAgain();
        const errors = failure instanceof AggregateError ? failure.errors : [];
        const failures = masters.flatMap(({ options: node }, place) =>
          failuresOf(errors[place], addressOf(node)),
        );
        throw unavailable('ping', failures.length > 0 ? failures : health.failures(undefined));
      }
    },

    close() {
      if (closed) return;
      closed = true;
      clearInterval(clockWatch);
      serverCheck.stop();
      topology.close();
    },
  };

  /** Undefined where no write waits for replicas. */
  function replicationAt({ configuredReplicas }: Topology): Replication | undefined {
    const { level, replicas } = options.durability ?? { level: 'stored', replicas: 0 };
    if (level === 'stored') return undefined;
    const required = { required: replicas, configured: configuredReplicas, nowMonotonicMs };
    return createReplication(options, {
      level,
      replicaCount: createReplicaCount(required),
      clockOf: (client) => clocks.known(client),
      readClock: (client) => clocks.of(client),
    });
  }

  /** Waits for the first master, or for the first failure: an earlier ping would fail without a
   * reason. */
  async function firstConnection(): Promise<void> {
    const isDecided = () =>
      closed ||
      performance.now() - openedMs > options.connectTimeoutMs ||
      topology.masters().some(({ status }) => status === 'ready') ||
      health.hasFailures();
    while (!isDecided()) await pause(FIRST_CONNECTION_PAUSE_MS, undefined, { ref: false });
  }

  function serverFor(
    node: Redis,
    { isAsking, isKept }: { isAsking: boolean; isKept: boolean },
  ): Server {
    const server = isAsking ? createServer(node, { isAsking }) : serverOf(node);
    return isKept && replication ? replication.serverOf(node, server, { isAsking }) : server;
  }

  function serverOf(node: Redis): Server {
    const known = servers.get(node) ?? createServer(node);
    servers.set(node, known);
    return known;
  }

  function createServer(node: Redis, { isAsking = false } = {}): Server {
    return {
      call(command, args) {
        // Otherwise the library would send it later, once a connecting server of a cluster is ready.
        if (node.status !== 'ready') return Promise.reject(new Error(NOT_CONNECTED));
        // On one connection, with nothing in between.
        if (isAsking) node.call('asking').catch(() => {});
        return node.callBuffer(command, args);
      },
      knownClock: () => (node.status === 'ready' ? clocks.known(node) : undefined),
      async clock() {
        if (node.status !== 'ready') throw new Error(NOT_CONNECTED);
        return clocks.of(node);
      },
    };
  }

  function failed(
    operation: string,
    { error, key, address }: { error: unknown; key: string; address: string | undefined },
  ): StoreUnavailable {
    topology.lookAgain();
    return unavailable(operation, failuresOf(error, address), key);
  }

  function failuresOf(error: unknown, address: string | undefined): NodeFailure[] {
    const reason = failureReason(error, commandTimeoutMs);
    return reason === undefined ? health.failures(address) : [{ address, reason }];
  }

  /** `key` is not quoted, since it holds the id of a session. */
  function unavailable(
    operation: string,
    failures: readonly NodeFailure[],
    key?: string,
  ): StoreUnavailable {
    const refusals = failures.map(({ reason }) => refusalFrom(reason));
    const reasons = failures.map(({ address, reason }, place) => {
      const text = refusals[place]?.text ?? withoutArguments(reason);
      const words = key === undefined ? text : text.replaceAll(key, `${keyPrefix}*`);
      return address === undefined ? words : `${address}: ${words}`;
    });
    return new StoreUnavailable(operation, {
      reason: reasons.join('; '),
      refusal: refusalOfAll(refusals),
    });
  }

  function refusalFrom(reason: string): StoreRefusal | undefined {
    const refusal = serverRefusal(reason, keyPrefix);
    const mayPass = refusal?.kind === 'read_only' || refusal?.kind === 'wrong_credentials';
    const isRecent = performance.now() - lastReadyMs < RECENTLY_MS;
    return refusal && mayPass && isRecent ? { ...refusal, isLasting: false } : refusal;
  }

  async function refusalOfWrites(
    master: Parameters<typeof probe.ask>[0],
  ): Promise<string | undefined> {
    try {
      await probe.ask(master, { write: true });
      return undefined;
    } catch (error) {
      const refusal = refusalFrom(failureReason(error, commandTimeoutMs) ?? '');
      return refusal?.isLasting ? refusal.text : undefined;
    }
  }
}

/** One refusal for all masters: it is lasting only if each of theirs is. */
function refusalOfAll(refusals: readonly (StoreRefusal | undefined)[]): StoreRefusal | undefined {
  if (refusals.includes(undefined)) return undefined;
  return refusals.find((refusal) => refusal?.isLasting === false) ?? refusals[0];
}

function closedRefusal(operation: string): StoreUnavailable {
  return new StoreUnavailable(operation, { reason: 'it is closed' });
}

function connect(options: TopologyOptions, health: NodeHealth): Topology {
  const { target } = options;
  switch (target.kind) {
    case 'standalone':
      return connectStandalone(target, options, health);
    case 'sentinel':
      return connectThroughSentinels(target, options, health);
    case 'cluster':
      return connectCluster(target.nodes, options, health);
  }
}
