import type { CommonRedisOptions, Redis } from 'ioredis';
import { tlsClientOptions } from './tls-connector.ts';
import type { ConnectionOptions } from './topology.ts';

const RECONNECT_PAUSE_MS = 50;
const RECONNECT_PAUSE_MAX_MS = 1000;

/** A connection to one server that is lost is made again, repeatedly; no command waits for it. */
export const LASTING = {
  enableOfflineQueue: false,
  retryStrategy: (attempt: number) =>
    Math.min(attempt * RECONNECT_PAUSE_MS, RECONNECT_PAUSE_MAX_MS),
} satisfies CommonRedisOptions;

/** How every connection to a server behaves: a command is sent once, now, or fails. */
export function nodeOptions(options: ConnectionOptions) {
  return {
    ...tlsClientOptions(options),
    username: options.username || undefined,
    password: options.password?.() || undefined,
    connectionName: 'cognigy-session-sidecar',
    disableClientInfo: true,
    connectTimeout: options.connectTimeoutMs,
    commandTimeout: options.commandTimeoutMs,
    // A server that stops answering without closing would lose one command after the other.
    socketTimeout: options.commandTimeoutMs,
    autoResendUnfulfilledCommands: false,
    // Without this, a command whose connection was lost waits for the next connection to be
    // refused.
    maxRetriesPerRequest: 0,
    // A server that is still loading answers each command with that reason.
    enableReadyCheck: false,
    // The master was demoted, and its address leads to another server now; or the password was
    // replaced.
    reconnectOnError: ({ message }: Error) =>
      message.startsWith('READONLY') || message.startsWith('NOAUTH'),
  } satisfies CommonRedisOptions;
}

/** Logs in with the current password each time that a connection to this server is made. */
export function followPassword(node: Redis, options: Pick<ConnectionOptions, 'password'>): void {
  const take = () => {
    node.options.password = options.password?.() || undefined;
  };
  take();
  node.on('close', take);
}
