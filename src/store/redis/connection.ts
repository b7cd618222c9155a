// The connection to Redis, whatever its topology: one command in, its answer or StoreUnavailable out.
//
// A write carries its age, and the age is only true while the command is on its way. So nothing here keeps a
// command for later: there is no queue for the time without a connection, and a command whose connection was
// lost is not sent again. A command is tried once, on a connection that is ready; it follows the redirections
// of a cluster, and otherwise fails at once, with a reason that names host and cause. Trying again, with a
// fresh age and within the request's deadline, is the business of the caller.
//
// Everything that fails also makes the client look again at who is master, so that the next try finds it.

import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../session-store.ts';
import type { StoreRefusal } from '../store-refusal.ts';
import { connectCluster } from './cluster.ts';
import { failureReason } from './failure-reason.ts';
import { addressOf } from './node-address.ts';
import { createNodeHealth, type NodeFailure, type NodeHealth } from './node-health.ts';
import { connectThroughSentinels } from './sentinel.ts';
import { watchServers } from './server-check.ts';
import { serverRefusal, withoutArguments } from './server-refusal.ts';
import { connectStandalone } from './standalone.ts';
import type { Client, ConnectionOptions, Topology } from './topology.ts';
import { createWriteProbe } from './write-probe.ts';

/** How often it is looked whether the first connection is there: it is a matter of milliseconds. */
const FIRST_CONNECTION_PAUSE_MS = 5;
/** What worked so recently may be in the middle of a failover, or of an exchange of its password. */
const RECENTLY_MS = 5000;

export type RedisConnection = {
  /** Sends what `command` sends, which must be for `key`. Throws StoreUnavailable if no answer came, or none but
   * an error of the server. */
  send<Answer>(call: {
    operation: string;
    key: string;
    command: (client: Client) => Promise<Answer>;
  }): Promise<Answer>;
  /**
   * Resolves once any master would take a write. Readiness means that a write can be acknowledged, and while
   * one shard of a cluster is without a master, or its master refuses, the others serve on; which one is missing
   * was told to `onConnectionError`, which one refuses to `onServersChecked`. Throws StoreUnavailable with the
   * reason of each master if none would. Before the first connection it waits for that, up to its timeout.
   */
  ping(): Promise<void>;
  /** Lets go of all connections. Commands on their way are refused, and all later ones. */
  close(): void;
};

/** Starts to connect, and keeps trying until it is closed. */
export function openConnection(options: ConnectionOptions & { keyPrefix: string }): RedisConnection {
  const { commandTimeoutMs, keyPrefix } = options;
  const health = createNodeHealth({
    ...options,
    onConnected(connected) {
      options.onConnected(connected);
      serverCheck.lookSoon();
    },
  });
  const topology = connect(options, health);
  const probe = createWriteProbe(topology, { keyPrefix, isCluster: options.target.kind === 'cluster' });
  const serverCheck = watchServers(topology.masters, { ...options, refusalOf: refusalOfWrites });
  const openedMs = performance.now();
  let lastReadyMs = Number.NEGATIVE_INFINITY;
  let closed = false;

  return {
    async send({ operation, key, command }) {
      if (closed) throw closedRefusal(operation);
      const client = topology.client();
      if (client === undefined) {
        topology.lookAgain();
        throw unavailable(operation, health.failures(undefined));
      }
      try {
        return await command(client);
      } catch (error) {
        topology.lookAgain();
        throw unavailable(operation, failuresOf(error, topology.addressOf(key)), key);
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
      serverCheck.stop();
      topology.close();
    },
  };

  /** Waits for the first master, or for the first failure: a question asked before would fail for nothing. */
  async function firstConnection(): Promise<void> {
    const isDecided = () =>
      closed ||
      performance.now() - openedMs > options.connectTimeoutMs ||
      topology.masters().some(({ status }) => status === 'ready') ||
      health.hasFailures();
    while (!isDecided()) await pause(FIRST_CONNECTION_PAUSE_MS, undefined, { ref: false });
  }

  function failuresOf(error: unknown, address: string | undefined): NodeFailure[] {
    const reason = failureReason(error, commandTimeoutMs);
    return reason === undefined ? health.failures(address) : [{ address, reason }];
  }

  /** `key` is not repeated, since it holds the id of a session. */
  function unavailable(operation: string, failures: readonly NodeFailure[], key?: string): StoreUnavailable {
    const refusals = failures.map(({ reason }) => refusalFrom(reason));
    const reasons = failures.map(({ address, reason }, place) => {
      const text = refusals[place]?.text ?? withoutArguments(reason);
      const words = key === undefined ? text : text.replaceAll(key, `${keyPrefix}*`);
      return address === undefined ? words : `${address}: ${words}`;
    });
    return new StoreUnavailable(operation, { reason: reasons.join('; '), refusal: refusalOfAll(refusals) });
  }

  function refusalFrom(reason: string): StoreRefusal | undefined {
    const refusal = serverRefusal(reason, keyPrefix);
    const mayPass = refusal?.kind === 'read_only' || refusal?.kind === 'wrong_credentials';
    const isRecent = performance.now() - lastReadyMs < RECENTLY_MS;
    return refusal && mayPass && isRecent ? { ...refusal, isLasting: false } : refusal;
  }

  async function refusalOfWrites(master: Parameters<typeof probe.ask>[0]): Promise<string | undefined> {
    try {
      await probe.ask(master, { write: true });
      return undefined;
    } catch (error) {
      const refusal = refusalFrom(failureReason(error, commandTimeoutMs) ?? '');
      return refusal?.isLasting ? refusal.text : undefined;
    }
  }
}

/** What all of them have in common: one that lasts only if each does. */
function refusalOfAll(refusals: readonly (StoreRefusal | undefined)[]): StoreRefusal | undefined {
  if (refusals.includes(undefined)) return undefined;
  return refusals.find((refusal) => refusal?.isLasting === false) ?? refusals[0];
}

function closedRefusal(operation: string): StoreUnavailable {
  return new StoreUnavailable(operation, { reason: 'it is closed' });
}

function connect(options: ConnectionOptions, health: NodeHealth): Topology {
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
