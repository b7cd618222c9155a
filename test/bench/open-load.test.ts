import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Load } from '../../bench/load/load.ts';
import { runOpenLoad } from '../../bench/load/open.ts';
import { percentile } from '../../bench/table/result-table.ts';

const REQUESTS = 40;
const PER_SECOND = 200;

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that answers as `answer` does, and the load on it. */
async function loadOn(answer: (response: ServerResponse) => void): Promise<Load> {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ protocol: 'http1', port: (server.address() as AddressInfo).port, headers: {} },
    message: { path: '/', body: Buffer.from('{}'), answerHolds: 'done' },
    ...{ firstRequest: 0, requests: REQUESTS, firstSession: 0, sessions: 1 },
    ...{ inFlight: 1, requestsPerSecond: PER_SECOND },
  };
}

test('requests begin although none is answered, and wait since each was due', async () => {
  const held: ServerResponse[] = [];
  const load = await loadOn((response) => {
    held.push(response);
    if (held.length === REQUESTS) for (const each of held) each.end('done');
  });
  const { latenciesMs } = await runOpenLoad(load);
  expect(latenciesMs).toHaveLength(REQUESTS);
  // The last one is sent no sooner than it is due, and the first one has waited since then.
  expect(percentile(latenciesMs, 1)).toBeGreaterThanOrEqual(((REQUESTS - 1) * 1000) / PER_SECOND);
});

test('an answer that is not as expected ends the load', async () => {
  const load = await loadOn((response) => response.end('failed'));
  await expect(runOpenLoad(load)).rejects.toThrow('answered HTTP/1.1 200');
});

test('a server that closes its connections ends the load', async () => {
  const load = await loadOn((response) => response.destroy());
  await expect(runOpenLoad(load)).rejects.toThrow('the connection was closed');
});
