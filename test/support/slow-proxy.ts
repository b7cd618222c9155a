// A network between a sidecar and its Redis that holds bytes and delivers them late, also after the
// sidecar has closed the connection: as a kernel does whose link was down.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { until } from './until.ts';

export type SlowProxy = {
  port: number;
  /** What comes from the sidecar from now on is held: on every connection, or on those that stand
   * by now. */
  hold(which: 'all' | 'standing'): void;
  /** Resolves once there is something that is held. */
  untilHeld(): Promise<true>;
  /** Delivers what was held, in its order; resolves when Redis has answered all of it. */
  release(): Promise<void>;
  close(): Promise<void>;
};

type Line = { toRedis: Socket; isHeld: boolean; held: Buffer[]; isClosed: boolean };

/** Stands in front of a Redis on this machine, `oneWayMs` away from it. */
export async function startSlowProxy(redisPort: number, { oneWayMs = 0 } = {}): Promise<SlowProxy> {
  const lines = new Set<Line>();
  let holdsNew = false;
  const later = (run: () => void) => (oneWayMs === 0 ? run() : setTimeout(run, oneWayMs));

  const server = createServer((sidecar) => {
    sidecar.setNoDelay(true);
    const toRedis = connect({ host: '127.0.0.1', port: redisPort, noDelay: true });
    const line: Line = { toRedis, isHeld: holdsNew, held: [], isClosed: false };
    lines.add(line);
    sidecar.on('data', (bytes: Buffer) =>
      later(() => {
        if (line.isHeld) line.held.push(bytes);
        else toRedis.write(bytes);
      }),
    );
    toRedis.on('data', (bytes) => later(() => sidecar.writable && sidecar.write(bytes)));
    const onClosed = () => {
      line.isClosed = true;
      if (!line.isHeld) toRedis.end();
    };
    sidecar.on('close', onClosed).on('error', () => {});
    toRedis.on('close', () => sidecar.destroy()).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    hold(which) {
      holdsNew = which === 'all';
      for (const line of lines) line.isHeld = true;
    },
    untilHeld: () =>
      until(
        'something to be held',
        () => [...lines].some(({ held }) => held.length > 0) || undefined,
      ),
    async release() {
      holdsNew = false;
      await Promise.all([...lines].map(deliver));
    },
    async close() {
      for (const { toRedis } of lines) toRedis.destroy();
      server.close();
    },
  };

  async function deliver(line: Line): Promise<void> {
    line.isHeld = false;
    const { toRedis, held } = line;
    if (held.length === 0 || toRedis.destroyed) return;
    // Redis answers in order: once it says farewell, it has run all that was held.
    const bytes = held.splice(0);
    for (const some of bytes) toRedis.write(some);
    if (!line.isClosed) return;
    const ended = once(toRedis, 'end');
    toRedis.resume();
    toRedis.end('QUIT\r\n');
    await ended;
  }
}
