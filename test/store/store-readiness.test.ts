import { expect, it, onTestFinished } from 'vitest';
import { watchStore } from '../../src/store/store-readiness.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { openStore, standaloneTarget } from '../support/redis-store.ts';
import { until } from '../support/until.ts';

it('a start waits half a second for a store that hangs, however long a command may take', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.kill());
  const store = await openStore(standaloneTarget(server), { commandTimeoutMs: 5000 });
  onTestFinished(() => store.close());
  server.pause();
  const startedMs = performance.now();
  const readiness = await watchStore(store);
  onTestFinished(() => readiness.stop());
  expect(performance.now() - startedMs).toBeLessThan(2000);
  expect(readiness.current()).toBe(false);
  server.resume();
  await until('the store is ready', () => readiness.current() || undefined);
});
