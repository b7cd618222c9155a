import type { CommonRedisOptions } from 'ioredis';
import type { ConnectionOptions } from './connection.ts';

/** How every connection to a server behaves: a command is sent once, now, or fails. */
export function nodeOptions(options: ConnectionOptions) {
  return {
    username: options.username || undefined,
    password: options.password || undefined,
    connectionName: 'cognigy-session-sidecar',
    disableClientInfo: true,
    connectTimeout: options.connectTimeoutMs,
    commandTimeout: options.commandTimeoutMs,
    // A server that went silent without closing would swallow one command after the other.
    socketTimeout: options.commandTimeoutMs,
    autoResendUnfulfilledCommands: false,
    // Without this, a command whose connection was lost waits for the next connection to be refused.
    maxRetriesPerRequest: 0,
    // A server that is still loading says so itself, and its answer names the reason.
    enableReadyCheck: false,
    // A demoted master under an address that now means another server.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies CommonRedisOptions;
}
