// How long the caller of a call waits, as the protocols say it.

import type { IncomingHttpHeaders } from 'node:http';
import { invalid } from '../../session/errors.ts';

/** The longest time that a timer holds: 24.8 days. A longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const GRPC_UNITS_MS: Readonly<Record<string, number>> = {
  ...{ H: 3_600_000, M: 60_000, S: 1_000 },
  ...{ m: 1, u: 1e-3, n: 1e-6 },
};

const CONNECT_TIMEOUT = /^\d{1,10}$/;

/** The time in `grpc-timeout`, ms; undefined for none, and for one that no timer can hold. Refuses
 * (`invalid`) anything else. */
export function grpcTimeoutMs({ 'grpc-timeout': sent }: IncomingHttpHeaders): number | undefined {
  if (sent === undefined) return undefined;
  const [matched, digits, unit = ''] = GRPC_TIMEOUT.exec(String(sent)) ?? [];
  if (matched === undefined)
    throw invalid('', 'the header grpc-timeout must be up to 8 digits and one of H M S m u n');
  return withinTimer(Number(digits) * (GRPC_UNITS_MS[unit] ?? 0));
}

/** The time in `connect-timeout-ms`, likewise. */
export function connectTimeoutMs(headers: IncomingHttpHeaders): number | undefined {
  const sent = headers['connect-timeout-ms'];
  if (sent === undefined) return undefined;
  if (!CONNECT_TIMEOUT.test(String(sent)))
    throw invalid('', 'the header connect-timeout-ms must be up to 10 digits');
  return withinTimer(Number(sent));
}

function withinTimer(ms: number): number | undefined {
  return ms > TIMER_MAX_MS ? undefined : ms;
}
