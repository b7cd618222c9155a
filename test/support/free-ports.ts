import { createServer } from 'node:net';

// Below the range from which the system takes ports for outgoing connections, so that a port found free here
// stays free until its server binds it, and again when the server restarts.
const FIRST_PORT = 11_000;
const LAST_PORT = 31_999;
const ATTEMPTS = 200;

/** Ports on 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < ATTEMPTS + count && found.size < count; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`found ${found.size} free ports, not ${count}`);
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
