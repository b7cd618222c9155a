import type { Redis } from 'ioredis';
import { gatherWrites } from '../connection/gather-writes.ts';
import { followPassword, LASTING } from '../connection/node-options.ts';
import type { ConnectionOptions } from '../connection/topology.ts';

/** A second connection to the master that a client is connected to, for writes and the WAIT after
 * them: WAIT holds up whatever is sent behind it. It ends with the client, and is made again when
 * that is: both must lead to the same server. */
export function openWaitConnection(
  master: Redis,
  options: Pick<ConnectionOptions, 'password' | 'commandTimeoutMs'>,
  { longestWaitMs, onReady }: { longestWaitMs: number; onReady: (client: Redis) => void },
): Redis {
  const longestAnswerMs = longestWaitMs + options.commandTimeoutMs;
  const client = master.duplicate({
    ...LASTING,
    lazyConnect: true,
    readOnly: false,
    // Commands have limits of their own; these are for the handshake, and end no WAIT.
    commandTimeout: longestAnswerMs,
    socketTimeout: longestAnswerMs,
  });
  followPassword(client, options);
  gatherWrites(client);
  // Why there is no connection is reported by the master's own.
  client.on('error', () => {});
  client.on('ready', () => onReady(client));
  master.on('close', () => client.disconnect(true));
  master.on('end', () => {
    client.disconnect();
    client.stream?.destroy();
  });
  client.connect().catch(() => {});
  return client;
}
