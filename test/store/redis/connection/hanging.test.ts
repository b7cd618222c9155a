// A server that takes commands and does not answer.

import { describe, expect, it } from 'vitest';
import { startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  untilServed,
} from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept, refusalOf } from './refused-calls.ts';

describe('a server that hangs', () => {
  it.each(['standalone', 'cluster'])(
    '(%s) is spared what comes later, so that none of it is applied late',
    async (kind) => {
      const settings =
        kind === 'cluster' ? { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } : {};
      const server = kept(await startRedisServer({ settings }));
      if (kind === 'cluster') await server.client.cluster('ADDSLOTSRANGE', 0, 16_383);
      const target = kind === 'cluster' ? clusterTarget([server]) : standaloneTarget(server);
      const store = closing(await openStore(target, { commandTimeoutMs: 600 }));
      const { sessionId } = appendOf();
      server.pause();
      await refusalOf(store.append(appendOf({ sessionId })));
      const late = new Set<string>();
      const startedMs = performance.now();
      for (let turn = 0; turn < 20; turn++) {
        const append = appendOf({ sessionId });
        await refusalOf(store.append(append));
        late.add(append.updateId);
      }
      // Far less than the time of twenty calls: they are refused at once.
      expect(performance.now() - startedMs).toBeLessThan(3000);
      server.resume();
      await untilServed(store);
      await store.append(appendOf({ sessionId }));
      const names = (await store.read(sessionId))?.frames.map((frame) => frame.name) ?? [];
      expect(names.filter((name) => late.has(name))).toEqual([]);
    },
  );

  it('costs a call its time and no more, and is left for a new connection', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server), { commandTimeoutMs: 600 }));
    server.pause();
    const startedMs = performance.now();
    const message = await refusalOf(store.append(appendOf()));
    expect(performance.now() - startedMs).toBeLessThan(1800);
    expect(message).toContain(`127.0.0.1:${server.port}: timeout after 600 ms`);
    // What fails later fails at once: nothing is piled up for a server that may come back.
    await until('a refusal without a wait', async () => {
      const askedMs = performance.now();
      await refusalOf(store.append(appendOf()));
      return performance.now() - askedMs < 50 ? true : undefined;
    });
    server.resume();
    await untilServed(store);
  });

  it('and is killed with a command on its way, fails it within its time', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server), { commandTimeoutMs: 5000 }));
    server.pause();
    const call = refusalOf(store.append(appendOf()));
    const startedMs = performance.now();
    await server.kill();
    await call;
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});

it('calls that are on their way when the store is closed are refused', async () => {
  const server = kept(await startRedisServer());
  const store = await openStore(standaloneTarget(server), { commandTimeoutMs: 5000 });
  server.pause();
  const call = refusalOf(store.append(appendOf()));
  await store.close();
  server.resume();
  await call;
});
