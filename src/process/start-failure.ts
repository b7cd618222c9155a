import type { ListenAddress } from '../listen-address.ts';
import { ListenFailure } from '../listeners.ts';
import { SpoolUnavailable } from '../spool/spool.ts';
import type { LogFields } from '../telemetry/log.ts';

/** Why a listener cannot be opened, in words for the operator. */
const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'this machine has no such address',
  // libuv also reports this for a socket whose folder is missing.
  EACCES: 'the process may not listen there, or the folder is missing',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'no name server answers for the host',
};

/** The log entry of a failed start: for a listener or a spool that cannot be opened, one line that
 * names its setting; for anything else, the error. */
export function startFailure(error: unknown): { message: string; fields: LogFields } {
  if (error instanceof SpoolUnavailable)
    return { message: `SPOOL_DIR cannot be used: ${error.message}`, fields: {} };
  if (!(error instanceof ListenFailure))
    return { message: 'the service cannot start', fields: { error } };
  const { listener, listen, cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = LISTEN_REASONS[code] ?? String(cause);
  const setting = `${listener.toUpperCase()}_LISTEN`;
  const message = `${setting} cannot listen on ${placeText(listen)}: ${reason}`;
  return { message, fields: { code } };
}

function placeText(listen: ListenAddress): string {
  if ('path' in listen) return listen.path;
  return listen.port > 0 ? `port ${listen.port} of ${listen.host}` : listen.host;
}
