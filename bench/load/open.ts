// An open load over HTTP/1.1: request number n is due n / rate after the start, and is sent then,
// whether or not others are answered. Its latency counts from the moment when it was due, so a
// server that stalls delays all requests of that time and not one alone (coordinated omission).

import { Worker } from 'node:worker_threads';
import { type Http1Connection, http1Request, openHttp1Connection } from './http1-connection.ts';
import type { Load } from './load.ts';
import { createNumberedMessages } from './numbered-messages.ts';
import type { Paced, Pacing } from './pace.ts';

/** Connections are opened when all are in use. A request that finds no room waits, and that counts. */
const CONNECTIONS_MAX = 1000;
const START_AFTER_NS = 100_000_000n;

type Idle = { connection: Http1Connection; dueMs: number };

export async function runOpenLoad(load: Load) {
  const { requests, requestsPerSecond = 1 } = load;
  const next = createNumberedMessages(load, http1Request(load));
  const latenciesMs = new Float64Array(requests);
  const latenessMs = new Float64Array(requests);
  const startNs = process.hrtime.bigint() + START_AFTER_NS;
  const nowMs = () => Number(process.hrtime.bigint() - startNs) / 1e6;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const idle: Idle[] = [];
  const open = new Set<Http1Connection>();
  let [due, sent, answered, connecting] = [0, 0, 0, 0];

  const sendDue = () => {
    for (; sent < due; sent++) {
      const free = idle.pop();
      if (!free) break;
      const message = next();
      if (!message) break;
      free.dueMs = (sent * 1000) / requestsPerSecond;
      latenessMs[sent] = nowMs() - free.dueMs;
      free.connection.send(message);
    }
    while (connecting < due - sent && open.size < CONNECTIONS_MAX) openOne();
  };
  const openOne = () => {
    connecting++;
    const connection = openHttp1Connection(load, {
      connected() {
        connecting--;
        idle.push(own);
        sendDue();
      },
      answered() {
        latenciesMs[answered++] = nowMs() - own.dueMs;
        if (answered === requests) return resolve();
        idle.push(own);
        if (sent < due) sendDue();
      },
      failed: reject,
    });
    const own = { connection, dueMs: 0 };
    open.add(connection);
  };

  for (let opened = 0; opened < load.inFlight; opened++) openOne();
  const pacing: Pacing = { startNs, requests, requestsPerSecond };
  const pace = new Worker(new URL('./pace.ts', import.meta.url), { workerData: pacing });
  pace.on('message', (paced: Paced) => {
    due = paced;
    sendDue();
  });
  pace.on('error', reject);
  try {
    await ended;
  } finally {
    await pace.terminate();
    for (const connection of open) connection.close();
  }
  return { latenciesMs, latenessMs };
}
