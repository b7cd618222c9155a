// Whether one request alone holds the service's event loop for too long.
//
// Time on a clock proves little where other processes want the processor too. So whatever was slow, or under way
// when something was, is sent again alone, and counts only if three times both the event loop was late and the
// process computed for as long.

import type { NumberedInput } from '../kinds.ts';
import type { FuzzedService } from './fuzzed-service.ts';
import type { Lane } from './lane.ts';

export const HELD_MAX_MS = 200;
const ATTEMPTS = 3;

const LATEST_LAG = 'cognigy_session_nodejs_eventloop_lag_max_seconds';
const CPU_SECONDS = 'cognigy_session_process_cpu_seconds_total';

/** The least time of three attempts for which the input held the event loop, ms. Stops at the first that is not
 * too long. */
export async function heldMs(service: FuzzedService, lane: Lane, { input }: NumberedInput): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > HELD_MAX_MS; attempt++) {
    const before = await service.metrics();
    await lane.send(input);
    // The figure of the lag is the highest since the metrics were read before.
    const after = await service.metrics();
    const computedMs = (after(CPU_SECONDS) - before(CPU_SECONDS)) * 1000;
    least = Math.min(least, computedMs, after(LATEST_LAG) * 1000);
  }
  return least;
}
