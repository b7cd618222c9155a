// Ports for servers that are told theirs before they bind it. Nobody holds such a port meanwhile,
// so nobody else may be given it: each worker takes from a share of its own, and none twice.

import { createServer } from 'node:net';

// Below the range from which the system takes ports for outgoing connections, so that a port found
// free here stays free until its server binds it, and again when the server restarts.
const FIRST_PORT = 11_000;
const LAST_PORT = 31_999;
const SHARES = 30;
const SHARE = Math.floor((LAST_PORT - FIRST_PORT + 1) / SHARES);
const ATTEMPTS = 200;

/** Workers that run at the same time have different ones, from 1; what runs beside them has none. */
const worker = Number(process.env.VITEST_POOL_ID ?? 0);
const first = FIRST_PORT + (worker % SHARES) * SHARE;
const given = new Set<number>();

/** Ports on 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS + count && found.length < count; attempt++) {
    const port = first + Math.floor(Math.random() * SHARE);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`found ${found.length} free ports, not ${count}`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
