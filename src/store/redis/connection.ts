// The connection to Redis, whatever its topology: one command in, its answer or StoreUnavailable out.
//
// A write carries its age, and the age is only true while the command is on its way. So nothing here keeps a
// command for later: there is no queue for the time without a connection, and a command whose connection was
// lost is not sent again. A command is tried once, on a connection that is ready; it follows the redirections
// of a cluster, and otherwise fails at once, with a reason that names host and cause. Trying again, with a
// fresh age and within the request's deadline, is the business of the caller.
//
// Everything that fails also makes the client look again at who is master, so that the next try finds it.

import { StoreUnavailable } from '../session-store.ts';
import { connectCluster } from './cluster.ts';
import { failureReason } from './failure-reason.ts';
import { addressOf } from './node-address.ts';
import { createNodeHealth, type NodeHealth } from './node-health.ts';
import { loadScript } from './script.ts';
import { connectThroughSentinels } from './sentinel.ts';
import { watchServers } from './server-check.ts';
import { connectStandalone } from './standalone.ts';
import type { Client, ConnectionOptions, Topology } from './topology.ts';

export type RedisConnection = {
  /** Sends what `command` sends, which must be for `key`. Throws StoreUnavailable if no answer came. */
  send<Answer>(call: {
    operation: string;
    key: string;
    command: (client: Client) => Promise<Answer>;
  }): Promise<Answer>;
  /**
   * Resolves once any master would take a write. Readiness means that a write can be acknowledged, and while
   * one shard of a cluster is without a master the others serve on; which one is missing was told to
   * `onConnectionError`. Throws StoreUnavailable with the reason of each master if none would.
   */
  ping(): Promise<void>;
  /** Lets go of all connections. Commands on their way are refused, and all later ones. */
  close(): void;
};

/** Starts to connect, and keeps trying until it is closed. */
export function openConnection(options: ConnectionOptions): RedisConnection {
  const { commandTimeoutMs } = options;
  const health = createNodeHealth({
    ...options,
    onConnected(connected) {
      options.onConnected(connected);
      serverCheck.lookSoon();
    },
  });
  const topology = connect(options, health);
  const serverCheck = watchServers(topology.masters, options);
  const probe = loadScript('ping');
  let closed = false;

  return {
    async send({ operation, key, command }) {
      if (closed) throw refusalOf(operation, 'it is closed');
      const client = topology.client();
      if (client === undefined) {
        topology.lookAgain();
        throw refusalOf(operation, health.reason(undefined));
      }
      try {
        return await command(client);
      } catch (error) {
        topology.lookAgain();
        throw refusalOf(operation, reasonOf(error, topology.addressOf(key)));
      }
    },

    async ping() {
      if (closed) throw refusalOf('ping', 'it is closed');
      const masters = topology.masters();
      const answers = masters.map((master) => master.callBuffer('eval', [probe.lua, 0]));
      try {
        await Promise.any(answers);
      } catch (failure) {
        topology.lookAgain();
        const errors = failure instanceof AggregateError ? failure.errors : [];
        const reasons = masters.map(({ options: node }, place) => reasonOf(errors[place], addressOf(node)));
        throw refusalOf('ping', reasons.join('; ') || health.reason(undefined));
      }
    },

    close() {
      if (closed) return;
      closed = true;
      serverCheck.stop();
      topology.close();
    },
  };

  function reasonOf(error: unknown, address: string | undefined): string {
    const cause = failureReason(error, commandTimeoutMs);
    if (cause === undefined) return health.reason(address);
    return address === undefined ? cause : `${address}: ${cause}`;
  }
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

function refusalOf(operation: string, reason: string): StoreUnavailable {
  return new StoreUnavailable(operation, { reason });
}
