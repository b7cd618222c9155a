// Commands to the store, by OpenTelemetry's conventions for database clients. Keys and values are
// never among the attributes, nor are the messages of errors, which may name keys.

import type { SpanAttributes, TracedCommand } from '../tracing.ts';

/** The first word of an error that Redis answers. */
const ERROR_PREFIX = /^[A-Z][A-Z_]+/;

/** The script is not loaded, or another server has the key. */
const ROUTINE = /^(NOSCRIPT|MOVED|ASK) /;

/** The attributes of a command that is sent. */
export function commandAttributes({ name, script, host, port }: TracedCommand): SpanAttributes {
  return {
    'db.system.name': 'redis',
    'db.operation.name': name,
    ...(script !== undefined && { 'db.stored_procedure.name': script }),
    'server.address': host,
    'server.port': port,
  };
}

/** Whether a failure is part of the protocol: the command is then sent again, in a span of its
 * own. */
export function isRoutine(error: unknown): boolean {
  return error instanceof Error && ROUTINE.test(error.message);
}

/** The attributes of its failure: the first word of the server's error, or the kind of ours. */
export function errorTypeOf(error: unknown): SpanAttributes {
  if (!(error instanceof Error)) return { 'error.type': '_OTHER' };
  if (error.message === 'Command timed out') return { 'error.type': 'timeout' };
  const [prefix] = (error.name === 'ReplyError' && ERROR_PREFIX.exec(error.message)) || [];
  if (prefix === undefined) return { 'error.type': error.name };
  return { 'db.response.status_code': prefix, 'error.type': prefix };
}
