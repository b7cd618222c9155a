// A master and its replica behind one address, which a test moves from the one to the other: a
// failover whose moment, and what it loses, is decided by the test.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { standaloneTarget } from './redis-store.ts';
import { until } from './until.ts';

export type SwitchedShard = {
  first: RedisServer;
  second: RedisServer;
  /** The address in front of the master of the moment. */
  target: ReturnType<typeof standaloneTarget>;
  /** Waits until the second server has all that the first one has. */
  untilReplicated(): Promise<void>;
  /** Makes a master of the second server. The first one stays one, and is still used. */
  promote(): Promise<void>;
  /** Closes all connections; new ones lead to the second server. */
  switch(): void;
  stop(): Promise<void>;
};

/** Starts a master and a replica that follows it. */
export async function startSwitchedShard(): Promise<SwitchedShard> {
  const first = await startRedisServer({ settings: { 'repl-diskless-sync-delay': '0' } });
  const second = await startRedisServer({ settings: { replicaof: `127.0.0.1 ${first.port}` } });
  await until('the replica to follow', async () =>
    /state=online/.test(await first.client.info('replication')) ? true : undefined,
  );
  const ends = new Set<Socket>();
  let current = first;
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: current.port, noDelay: true });
    near.setNoDelay(true);
    near.pipe(far).pipe(near);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    first,
    second,
    target: standaloneTarget({ host: '127.0.0.1', port }),
    async untilReplicated() {
      await until('the replica having it all', async () => {
        const { offset } = await offsets(first);
        return (await offsets(second)).offset >= offset ? true : undefined;
      });
    },
    async promote() {
      await second.client.replicaof('NO', 'ONE');
    },
    switch() {
      current = second;
      for (const end of ends) end.destroy();
    },
    async stop() {
      server.close();
      for (const end of ends) end.destroy();
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

async function offsets({ client }: RedisServer): Promise<{ offset: number }> {
  const info = await client.info('replication');
  const [, offset] = /^(?:slave_repl_offset|master_repl_offset):(\d+)/m.exec(info) ?? [];
  return { offset: Number(offset) };
}
