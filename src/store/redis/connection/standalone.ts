import { Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from './connection-failure.ts';
import { gatherWrites } from './gather-writes.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { followPassword, LASTING, nodeOptions } from './node-options.ts';
import type { Topology, TopologyOptions } from './topology.ts';

/** Connects to one server, again and again. */
export function connectStandalone(
  { host, port, database = 0 }: NodeAddress & { database?: number },
  options: TopologyOptions,
  health: NodeHealth,
): Topology {
  const address = addressOf({ host, port });
  const client = new Redis({
    ...nodeOptions(options),
    ...LASTING,
    host,
    port,
    db: database,
  });
  followPassword(client, options);
  gatherWrites(client);
  client.on('ready', () => {
    // False where the error listener below has given the connection up already.
    if (!client.stream.writable) return;
    health.connected(address);
    options.onReady(client);
  });
  client.on('error', (error: Error) => {
    const reason = connectionFailure(error, client, options);
    if (reason !== undefined) health.failed(address, reason);
    // The client would continue in database 0.
    if (reason?.includes('DB index is out of range')) client.disconnect(true);
  });
  onEarlyEnd(client, options, (reason) => health.failed(address, reason));
  return {
    nodeOf: () => client,
    addressOf: () => address,
    masters: () => [client],
    // The client connects again by itself, which also resolves the host's name again.
    lookAgain: () => {},
    close() {
      client.disconnect();
      // A server that hangs would not answer the end of the connection, so pending commands would
      // wait.
      client.stream?.destroy();
    },
  };
}
