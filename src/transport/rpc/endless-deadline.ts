// Deadlines too far away for a timer. A timer that cannot hold its time fires at once, and the call
// would be ended for a deadline that is months ahead; so such a call is taken as one without a
// deadline.

import type { IncomingHttpHeaders } from 'node:http';

/** The longest time that a timer holds: 24.8 days. */
const TIMER_MAX_MS = 2 ** 31 - 1;

const GRPC_UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1 };

/** Removes a deadline that no timer can hold from a call's headers. */
export function removeEndlessDeadline(headers: IncomingHttpHeaders): void {
  const connectMs = headers['connect-timeout-ms'];
  if (connectMs !== undefined && Number(connectMs) > TIMER_MAX_MS)
    delete headers['connect-timeout-ms'];
  const grpc = headers['grpc-timeout'];
  if (typeof grpc !== 'string') return;
  const unitMs = GRPC_UNITS_MS[grpc.slice(-1)] ?? 0;
  if (Number(grpc.slice(0, -1)) * unitMs > TIMER_MAX_MS) delete headers['grpc-timeout'];
}
