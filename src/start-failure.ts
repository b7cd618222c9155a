import type { Config } from './config.ts';
import type { LogFields } from './telemetry/log.ts';

/** Why a listener could not be had, for whoever can change that. */
const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the process may not listen there',
  ENOTFOUND: 'the host is not known',
};

/** What the log says of a start that failed: for a listener that cannot be had, one line that names its
 * setting; for anything else, the error. */
export function startFailure(
  error: unknown,
  listen: Config['listen'],
): { message: string; fields: LogFields } {
  const code = systemCode(error);
  const reason = LISTEN_REASONS[code];
  if (reason === undefined) return { message: 'the service cannot start', fields: { error } };
  const { address = '', port = 0 } = error as { address?: string; port?: number };
  const setting = settingOf(listen, { address, port });
  const at = port > 0 ? `port ${port} of ${address}` : address;
  return { message: `${setting ?? 'a listener'} cannot listen on ${at}: ${reason}`, fields: { code } };
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function settingOf(listen: Config['listen'], at: { address: string; port: number }): string | undefined {
  const entries = Object.entries(listen);
  const found = entries.find(([, each]) =>
    'path' in each ? each.path === at.address : each.port === at.port,
  );
  return found && `${found[0].toUpperCase()}_LISTEN`;
}
