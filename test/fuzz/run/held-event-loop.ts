// Whether one request holds the service's event loop for too long.
//
// Time on a clock proves little where other processes want the processor too. So the loop counts as
// held where a probe has to wait, and the process computes for all that time. Whatever was under
// way then is sent again alone; it is guilty if the same happens three times.

import { setTimeout as pause } from 'node:timers/promises';
import type { Http1Input, Input } from '../input.ts';
import type { FuzzedService } from './fuzzed-service.ts';
import { KeptConnection } from './http1-exchange.ts';
import type { Lane } from './lane.ts';

export const HELD_MAX_MS = 200;
const ATTEMPTS = 3;
/** Between two probes. */
const PAUSE_MS = 20;

/** A request that costs nothing. */
const PROBE: Http1Input = {
  transport: 'http1',
  listener: 'admin',
  answers: 'one',
  bytes: Buffer.from('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
};

/** Sends probes until `isOver`, and calls `onHeld` whenever the loop was held for too long. */
export async function watchEventLoop(
  service: FuzzedService,
  { isOver, onHeld }: { isOver: () => boolean; onHeld: () => void },
): Promise<void> {
  const connection = new KeptConnection({ port: service.ports.admin, markers: [] });
  while (!isOver()) {
    if ((await probe(service, connection)) > HELD_MAX_MS) onHeld();
    await pause(PAUSE_MS);
  }
  connection.close();
}

/** The least time of three attempts for which the input, alone, held the event loop, ms. Stops at
 * the first that is not too long. */
export async function heldMs(service: FuzzedService, lane: Lane, input: Input): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > HELD_MAX_MS; attempt++) {
    let isUnderWay = true;
    const sent = lane.send(input).finally(() => {
      isUnderWay = false;
    });
    const connection = new KeptConnection({ port: service.ports.admin, markers: [] });
    let longest = 0;
    do longest = Math.max(longest, await probe(service, connection));
    while (isUnderWay);
    await sent;
    connection.close();
    least = Math.min(least, longest);
  }
  return least;
}

/** For how long a probe had to wait while the process computed, ms. */
async function probe(service: FuzzedService, connection: KeptConnection): Promise<number> {
  if (service.end() !== undefined) return 0;
  const before = service.computedMs();
  const { latencyMs } = await connection.exchange(PROBE);
  return service.end() === undefined ? Math.min(latencyMs, service.computedMs() - before) : 0;
}
