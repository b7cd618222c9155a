import { Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from '../connection/connection-failure.ts';
import { failureReason } from '../connection/failure-reason.ts';
import { addressOf, type NodeAddress } from '../connection/node-address.ts';
import { nodeOptions } from '../connection/node-options.ts';
import { serverRefusal, withoutArguments } from '../connection/server-refusal.ts';
import type { ConnectionOptions } from '../connection/topology.ts';

export type CheckOptions = ConnectionOptions & {
  keyPrefix: string;
  /** EXPIRY_EVENTS: what is needed for it is checked. */
  endCounting?: string | undefined;
  echo?: unknown;
  /** Whether there may be Watch calls. */
  isWatched?: boolean;
};

/** A server that was connected to, once; or why it could not be. */
export type ReachedServer =
  | { address: string; client: Redis; reason?: undefined }
  | { address: string; client?: undefined; reason: string };

/** Connects to one server, as the service does. To be disconnected by the caller. */
export async function reachServer(
  { host, port }: NodeAddress,
  options: CheckOptions,
  database = 0,
): Promise<ReachedServer> {
  const address = addressOf({ host, port });
  const client = new Redis({
    ...nodeOptions(options),
    ...{ host, port, db: database, lazyConnect: true, enableOfflineQueue: false },
    retryStrategy: () => null,
    reconnectOnError: () => false,
  });
  let reason: string | undefined;
  client.on('error', (error: Error) => {
    reason ??= connectionFailure(error, client, options);
  });
  onEarlyEnd(client, options, (ended) => {
    reason ??= ended;
  });
  try {
    await client.connect();
    // A wrong password is answered, but the connection stays.
    if (reason === undefined) return { address, client };
  } catch (error) {
    reason ??= failureReason(error, options.commandTimeoutMs) ?? 'no connection';
  }
  client.disconnect();
  return { address, reason: refusalText(reason, options) };
}

/** The words for an error of a server, without keys and arguments. */
export function refusalText(
  error: unknown,
  { keyPrefix, commandTimeoutMs }: Pick<CheckOptions, 'keyPrefix' | 'commandTimeoutMs'>,
): string {
  const reason = failureReason(error, commandTimeoutMs) ?? 'the connection was lost';
  return serverRefusal(reason, keyPrefix)?.text ?? withoutArguments(reason);
}
