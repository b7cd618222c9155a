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
import type { ClockInterval } from '../clock/clock-interval.ts';
import { createNodeClocks } from '../clock/node-clocks.ts';
import type { EchoedConnection } from '../echo/echo.ts';
import { echoedTopology } from '../echo/echoed-topology.ts';
import { createMasterWatch } from '../echo/watch-masters.ts';
import { replicationAt } from '../replication/replication-at.ts';
import { createCircuits } from './circuit.ts';
import { createCommandFailures } from './command-failures.ts';
import { connectTarget } from './connect-target.ts';
import { watchExpiry } from './expiry-events.ts';
import { failureReason } from './failure-reason.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import { createNodeHealth } from './node-health.ts';
import { createNodeServers } from './node-servers.ts';
import { redirectionFrom } from './redirection.ts';
import { createRefusals } from './refusals.ts';
import type { Server } from './server.ts';
import { watchServers } from './server-check.ts';
import type { ConnectionOptions } from './topology.ts';
import { createWriteProbe } from './write-probe.ts';

/** MOVED and ASK of a resharding; a map that is right needs none. */
const REDIRECTIONS_MAX = 5;
const TOO_MANY_REDIRECTIONS = `it sent elsewhere, as ${REDIRECTIONS_MAX} others had done`;
/** How often to check whether a clock is to be read again. */
const CLOCKS_EVERY_MS = 1000;
/** How often to check whether the first connection is ready: that takes milliseconds. */
const FIRST_CONNECTION_PAUSE_MS = 5;

export type RedisConnection = EchoedConnection & {
  /** Calls `command` with the server that has `key`, and again for each redirection by a cluster.
   * Throws StoreUnavailable if no answer came, or if the server answered with an error. */
  send<Answer>(call: {
    operation: string;
    key: string;
    /** Whether it is a write that may have to wait for replicas. */
    isKept?: boolean;
    command: (server: Server) => Promise<Answer>;
  }): Promise<Answer>;
  /** Calls `command` with the master that should have a slot, for what concerns all keys there.
   * Without slots there is one master, which has all of them. Throws StoreUnavailable likewise. */
  sendAt<Answer>(call: {
    operation: string;
    slot: number;
    command: (server: Server) => Promise<Answer>;
  }): Promise<Answer>;
  /** That master; undefined while it is not known. */
  addressAt(slot: number): string | undefined;
  /** The master that should hold a key; undefined while that is not known. */
  addressOf(key: string): string | undefined;
  /** The same, with what it listens on. */
  nodeOf(key: string): NodeAddress | undefined;
  /** Whether that master is connected. */
  isConnected(key: string): boolean;
  /** What was known last of its clock. */
  lastClock(key: string): ClockInterval | undefined;
  /** The masters that are known, for what concerns all keys. */
  servers(): Server[];
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
    watch?.connected(client);
    replication?.prepare(topology.masters().filter((master) => master === client));
  };
  const watch = options.onSampling && createMasterWatch(options.onSampling);
  const topology = connectTarget({ ...options, onReady }, health);
  const replication = replicationAt(topology, { options, clocks, nowMonotonicMs });
  const probe = createWriteProbe(topology, {
    keyPrefix,
    isCluster: options.target.kind === 'cluster',
  });
  const clockOf = (master: Redis) => clocks.known(master)?.interval();
  const checkOptions = {
    ...{ ...options, nowMonotonicMs, clockOf, refusalOf: refusalOfWrites },
    replicasOf: (master: Redis) => replication?.replicasOf(master),
    uncoveredSlots: topology.uncoveredSlots,
  };
  const serverCheck = watchServers(topology.masters, checkOptions);
  const { target } = options;
  const database = target.kind === 'cluster' ? 0 : (target.database ?? 0);
  const expiry = watchExpiry(topology, { ...options, database, nowMonotonicMs });
  const look = () => {
    expiry?.look();
    clocks.refresh([...topology.masters(), ...(replication?.clients() ?? [])]);
    replication?.prepare(topology.masters());
  };
  const clockWatch = setInterval(look, CLOCKS_EVERY_MS).unref();
  const serverFor = createNodeServers({
    ...{ clocks, replication, watch },
    follow: options.followCommand,
  });
  const refusals = createRefusals(health, { keyPrefix, commandTimeoutMs });
  const circuits = createCircuits(options);
  const { withoutNode, refuseIfOpen, noteFailure, failed } = createCommandFailures({
    ...{ topology, health, circuits, refusals },
  });
  const openedMs = performance.now();
  let closed = false;

  return {
    async send({ operation, key, isKept = false, command }) {
      if (closed) throw closedRefusal(operation);
      let node = topology.nodeOf(key);
      let redirectedTo: string | undefined;
      if (node === undefined) throw withoutNode(operation, topology.addressOf(key));
      let isAsking = false;
      for (let redirections = 0; ; redirections++) {
        refuseIfOpen(operation, addressOf(node.options));
        try {
          const answer = await command(serverFor(node, { isAsking, isKept }));
          if (!circuits.areQuiet()) circuits.answered(addressOf(node.options));
          return answer;
        } catch (error) {
          noteFailure(addressOf(node.options), error);
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

    async sendAt({ operation, slot, command }) {
      if (closed) throw closedRefusal(operation);
      const address = addressAt(slot);
      const node = topology.nodeAt ? topology.nodeAt(slot) : topology.nodeOf('');
      if (address === undefined || node === undefined) throw withoutNode(operation, address);
      refuseIfOpen(operation, address);
      try {
        return await command(serverFor(node));
      } catch (error) {
        noteFailure(address, error);
        throw failed(operation, { error, address });
      }
    },

    addressAt,
    addressOf: (key) => topology.addressOf(key),
    nodeOf(key) {
      const { host = '', port = 0 } = topology.nodeOf(key)?.options ?? {};
      return host === '' ? undefined : { host, port };
    },
    isConnected: (key) => topology.nodeOf(key)?.status === 'ready',
    lastClock: (key) => clocks.last(topology.nodeOf(key)),
    servers: () => topology.masters().map((master) => serverFor(master)),

    async ping() {
      await firstConnection();
      if (closed) throw closedRefusal('ping');
      const masters = topology.masters();
      const answers = masters.map((master) => probe.ask(master));
      try {
        await Promise.any(answers);
        refusals.wasReady();
      } catch (failure) {
        topology.lookAgain();
        const errors = failure instanceof AggregateError ? failure.errors : [];
        const failures = masters.flatMap(({ options: node }, place) =>
          refusals.failuresOf(errors[place], addressOf(node)),
        );
        const known = failures.length > 0 ? failures : health.failures(undefined);
        throw refusals.unavailable('ping', known);
      }
    },

    ...echoedTopology(topology, watch),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(clockWatch);
      serverCheck.stop();
      circuits.close();
      topology.close();
    },
  };

  function addressAt(slot: number): string | undefined {
    return topology.addressAt ? topology.addressAt(slot) : topology.addressOf('');
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

  async function refusalOfWrites(master: Redis): Promise<string | undefined> {
    try {
      await probe.ask(master, { write: true });
      return undefined;
    } catch (error) {
      const refusal = refusals.refusalFrom(failureReason(error, commandTimeoutMs) ?? '');
      return refusal?.isLasting ? refusal.text : undefined;
    }
  }
}

function closedRefusal(operation: string): StoreUnavailable {
  return new StoreUnavailable(operation, { reason: 'it is closed' });
}
