// Why there is no connection to a server, as far as the error alone does not tell.
//
// Who speaks TLS to a server without it is not refused: the server waits for the end of a line. Who
// speaks without TLS to a server with it is hung up on, and so is, after a handshake that went
// well, who lacks the certificate that the server wants; with luck it says so before. So what
// counts is when a connection ended.

import type { Redis } from 'ioredis';
import { failureReason } from './failure-reason.ts';
import { isReached } from './tls-connector.ts';
import type { ConnectionOptions } from './topology.ts';

/** Messages of ioredis about a connection that took too long, and about a cluster's map that
 * waited for one. */
const NOT_CONNECTED_IN_TIME = ['connect ETIMEDOUT', 'timeout'];
const NO_TLS = 'has no TLS: then the URL begins with redis';
const HUNG_UP = ['ECONNRESET', 'EPIPE'];

type FailureOptions = Pick<ConnectionOptions, 'tls' | 'connectTimeoutMs' | 'commandTimeoutMs'>;

/** The cause that an error of a client names, or of a command on its connection; undefined if
 * that only says that there was no connection. */
export function connectionFailure(
  error: Error,
  client: Redis,
  options: FailureOptions,
): string | undefined {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  const isShakingHands = client.status === 'connecting' && isReached(client.stream);
  if (isShakingHands && NOT_CONNECTED_IN_TIME.includes(message))
    return `no TLS handshake within ${options.connectTimeoutMs} ms: it hangs, or ${NO_TLS}`;
  if (isShakingHands && HUNG_UP.includes(code))
    return `it hung up during the TLS handshake (ECONNRESET); it may be that it ${NO_TLS}`;
  if (client.status === 'connect' && HUNG_UP.includes(code)) return earlyEnd(options);
  return failureReason(error, options.commandTimeoutMs);
}

/** Tells why, where a server ends a connection before it answered anything; that is no error to
 * ioredis. */
export function onEarlyEnd(
  client: Redis,
  options: FailureOptions,
  tell: (reason: string) => void,
): void {
  client.on('connect', () => {
    const { stream } = client;
    stream.once('end', () => {
      // Not if it was this side that ended it.
      if (client.status === 'connect' && stream.writable) tell(earlyEnd(options));
    });
  });
}

function earlyEnd({ tls }: FailureOptions): string {
  const guess =
    tls === undefined
      ? 'it may have TLS: then the URL begins with rediss'
      : 'it may want a client certificate, or another than this one (STORE_TLS_CERT, STORE_TLS_KEY)';
  return `it hung up before it answered (ECONNRESET); ${guess}`;
}
