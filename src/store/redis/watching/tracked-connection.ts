// A connection on which a server reports changes of the keys that were read on it (CLIENT TRACKING).
//
// The server remembers a key when it is read, and reports it once, when it changes next: reading it
// again asks for the next report. So a key that nobody reads like this costs its writers nothing, and
// one that changes all the time is reported no more often than it is read. A report is lost with its
// connection, and may be lost while a slot migrates: it is a hint, and the owner of the connection
// reads again whenever the connection was lost, and from time to time.

import { Redis } from 'ioredis';
import type { NodeAddress } from '../connection/node-address.ts';
import { followPassword, LASTING, nodeOptions } from '../connection/node-options.ts';
import type { ConnectionOptions } from '../connection/topology.ts';
import { invalidationsIn } from './invalidations.ts';

export type TrackedConnection = {
  /** Whether reads are tracked now. */
  isTracking(): boolean;
  /** Sends a command that reads a key. Rejects if the server answers an error, or does not answer in
   * time. */
  read(command: string, args: string[]): Promise<unknown>;
  close(): void;
};

/** Connects to one server, again and again. */
export function openTrackedConnection(
  { host, port, database }: NodeAddress & { database: number },
  options: ConnectionOptions,
  events: {
    /** A key may have changed; undefined: all of them may have. */
    onChanged: (key: string | undefined) => void;
    /** The server does not track, for that reason. */
    onRefused: (reason: string) => void;
  },
): TrackedConnection {
  let isTracking = false;
  const client = new Redis({
    ...{ ...nodeOptions(options), ...LASTING },
    ...{ host, port, db: database },
  });
  followPassword(client, options);
  // The connection that updates take to the same server reports why it fails.
  client.on('error', () => {});
  client.on('connect', () => client.stream.on('data', invalidationsIn(events.onChanged)));
  client.on('close', () => {
    isTracking = false;
    events.onChanged(undefined);
  });
  client.on('ready', async () => {
    const { stream } = client;
    try {
      await client.call('client', ['tracking', 'on']);
      isTracking = client.stream === stream;
      events.onChanged(undefined);
    } catch (error) {
      // Without an answer the connection is lost, and made again.
      if (error instanceof Error && error.name === 'ReplyError') events.onRefused(error.message);
    }
  });
  return {
    isTracking: () => isTracking && client.status === 'ready',
    read: (command, args) => client.callBuffer(command, args),
    close() {
      client.disconnect();
      // A server that hangs would not answer the end of the connection.
      client.stream?.destroy();
    },
  };
}
