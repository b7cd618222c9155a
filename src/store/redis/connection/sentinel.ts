// The connection to a master that sentinels watch. What is below is a connection to one server;
// here it is decided which, and when it is given up for another.
//
// ioredis has a connector for this, which asks the sentinels when it connects and follows the first
// that answers. A connection that stands needs more, because a master that was replaced still takes
// writes until the sentinels make it a replica, some ten seconds later, and all of these are lost:
//
// * One that was replaced while it hung would go on when it wakes. So the sentinels are listened to
//   all the
//   time, and once they name another master nothing is sent to the old one any more.
// * One that is well and is replaced all the same (SENTINEL FAILOVER) goes on while its replica is
//   promoted,
//   which takes about a second. So it is left when the sentinel in charge announces that; until the
//   new one is
//   named there is no master.

import { isSameAs, type NamedMaster } from './named-master.ts';
import { addressOf } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { connectStandalone } from './standalone.ts';
import type { SentinelTarget, Topology, TopologyOptions } from './topology.ts';
import { watchSentinels } from './watch-sentinels.ts';

/** A promotion that takes longer has failed; the old master is the right one if the sentinels
 * still say so. */
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
      health.failed(address, `${reason} (master of ${target.name}, as the sentinels have it)`),
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

  /** While neither the master nor a sentinel answers there is none: what is wrong with all of
   * them matters. */
  function known(): Topology | undefined {
    const isConnected = connection?.masters().some(({ status }) => status === 'ready');
    return isConnected || sentinels.areHeard() ? connection : undefined;
  }
}
