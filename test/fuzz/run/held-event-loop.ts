// Whether one request alone holds the service's event loop for too long.
//
// Time on a clock proves little where other processes want the processor too. So whatever was slow, or under way
// when something was, is sent again alone, and counts only if three times both another request had to wait and
// the process computed for as long.

import type { Http1Input } from '../input.ts';
import type { NumberedInput } from '../kinds.ts';
import type { FuzzedService } from './fuzzed-service.ts';
import { KeptConnection } from './http1-exchange.ts';
import type { Lane } from './lane.ts';

export const HELD_MAX_MS = 200;
const ATTEMPTS = 3;

const CPU_SECONDS = 'cognigy_session_process_cpu_seconds_total';

/** A request that costs nothing. */
const PROBE: Http1Input = {
  transport: 'http1',
  listener: 'admin',
  answers: 'one',
  bytes: Buffer.from('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
};

/** The least time of three attempts for which the input held the event loop, ms. Stops at the first that is not
 * too long. */
export async function heldMs(service: FuzzedService, lane: Lane, { input }: NumberedInput): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > HELD_MAX_MS; attempt++) {
    const before = await service.metrics();
    const waitedMs = await waitBeside(service, lane.send(input));
    const after = await service.metrics();
    const computedMs = (after(CPU_SECONDS) - before(CPU_SECONDS)) * 1000;
    least = Math.min(least, computedMs, waitedMs);
  }
  return least;
}

/** The longest that a probe waits for its answer while this is under way, ms. */
async function waitBeside({ ports }: FuzzedService, sending: Promise<unknown>): Promise<number> {
  const connection = new KeptConnection({ port: ports.admin, markers: [] });
  let isUnderWay = true;
  const sent = sending.finally(() => {
    isUnderWay = false;
  });
  let longest = 0;
  do {
    const { latencyMs } = await connection.exchange(PROBE);
    longest = Math.max(longest, latencyMs);
  } while (isUnderWay);
  await sent;
  connection.close();
  return longest;
}
