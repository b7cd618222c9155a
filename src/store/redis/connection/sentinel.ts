// The connection to a master that sentinels watch: a connection to one server, which is closed and
// replaced when the sentinels name another master.
//
// ioredis has a connector for this, which asks the sentinels when it connects and follows the first
// that answers. That is not enough for an open connection, because a master that was replaced still
// takes writes until the sentinels make it a replica, some ten seconds later, and all of these are
// lost:
//
// * A master that was replaced while it hung would continue when it wakes up. So this client stays
//   subscribed to the sentinels, and once they name another master nothing is sent to the old one.
// * A healthy master that is replaced (SENTINEL FAILOVER) continues while its replica is promoted,
//   which takes about a second. So it is left when the leading sentinel announces the promotion;
//   until the new one is named there is no master.

import { isSameAs, type NamedMaster } from './named-master.ts';
import { addressOf } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { connectStandalone } from './standalone.ts';
import type { SentinelTarget, Topology, TopologyOptions } from './topology.ts';
import { watchSentinels } from './watch-sentinels.ts';

/** A promotion that takes longer has failed; the old master is followed again if the sentinels
 * still name it. */
const REPLACED_WITHIN_MS = 3000;

/** Connects to the master that the sentinels name, and to the next one as soon as they name that. */
export function connectThroughSentinels(
  target: SentinelTarget,
  options: TopologyOptions,
  health: NodeHealth,
): Topology {
  let master: NamedMaster | undefined;
  let connection: Topology | undefined;
  let leftAtMs = 0;
  const masterHealth: NodeHealth = {
    ...health,
    failed: (address, reason) =>
      health.failed(address, `${reason} (master of ${target.name}, according to the sentinels)`),
  };
  const sentinels = watchSentinels(target, {
    ...options,
    health,
    onNamed: follow,
    onReplacing: leave,
  });

  return {
    nodeOf: (key) => connection?.nodeOf(key),
    addressOf: (key) => known()?.addressOf(key),
    masters: () => known()?.masters() ?? [],
    configuredReplicas: sentinels.replicas,
    lookAgain: sentinels.ask,
    close() {
      sentinels.close();
      disconnect();
    },
  };

  function follow(named: NamedMaster): void {
    const isKept = master !== undefined && isSameAs(master)(named);
    if (isKept && (connection !== undefined || performance.now() - leftAtMs < REPLACED_WITHIN_MS))
      return;
    disconnect();
    if (master !== undefined) health.forget(addressOf(master.address));
    master = named;
    const { database = 0 } = target;
    connection = connectStandalone({ ...named.address, database }, options, masterHealth);
  }

  function leave(replaced: NamedMaster): void {
    if (connection === undefined) return;
    disconnect();
    leftAtMs = performance.now();
    masterHealth.failed(addressOf(replaced.address), 'the sentinels are replacing it');
  }

  function disconnect(): void {
    connection?.close();
    connection = undefined;
  }

  /** Undefined while neither the master nor a sentinel answers: then the failures of all of them
   * are reported. */
  function known(): Topology | undefined {
    const isConnected = connection?.masters().some(({ status }) => status === 'ready');
    return isConnected || sentinels.areAnswering() ? connection : undefined;
  }
}
