// What is said of masters whose clocks differ.

import { expect, it, onTestFinished } from 'vitest';
import { watchServers } from '../../../../src/store/redis/connection/server-check.ts';
import type { StoreSetup } from '../../../../src/store/store-setup.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import { openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { closing, kept } from '../connection/refused-calls.ts';

it('masters whose clocks are more than a second apart are warned of, and a former master for a while', async () => {
  const servers = [kept(await startRedisServer()), kept(await startRedisServer())];
  let masters = servers.map(({ client }) => client);
  let nowMs = 0;
  const offsets = new Map(masters.map((master, place) => [master, place * 3_600_000]));
  let seen: StoreSetup | undefined;
  const check = watchServers(() => masters, {
    topologyRefreshMs: 20,
    nowMonotonicMs: () => nowMs,
    refusalOf: async () => undefined,
    clockOf: (master) => {
      const lowMs = offsets.get(master) ?? 0;
      return { lowMs, highMs: lowMs + 2, atMs: nowMs };
    },
    onServersChecked: (setup) => {
      seen = setup;
    },
  });
  onTestFinished(() => check.stop());
  const [behind, ahead] = servers.map(({ port }) => `127.0.0.1:${port}`);
  const line =
    `${ahead}: its clock is more than 1000 ms ahead of that of ${behind}: around an erase, sessions that move ` +
    'between them may lose updates, or come back; keep both in time with NTP';
  const found = () => seen?.warnings.filter(({ kind }) => kind === 'clock_skew');
  await expect.poll(found).toEqual([{ kind: 'clock_skew', line }]);
  expect(seen).toMatchObject({ clockSkewMs: 3_600_000 - 2, clockWidthMs: 2 });

  // A failover: the other one is no master any more.
  masters = masters.slice(0, 1);
  nowMs = 60_000;
  await expect.poll(() => seen?.clockSkewMs).toBeCloseTo(3_600_000 - 2 - 60, 5);
  expect(found()).toEqual([{ kind: 'clock_skew', line }]);
  nowMs = 11 * 60_000;
  await expect.poll(found).toEqual([]);
});

it('a store knows the clock of its master as precisely as its round trips tell', async () => {
  let seen: StoreSetup | undefined;
  const onServersChecked = (setup: StoreSetup) => {
    seen = setup;
  };
  closing(await openStore(standaloneTarget(), { topologyRefreshMs: 50, onServersChecked }));
  await expect.poll(() => seen?.clockWidthMs).toBeGreaterThan(0);
  expect(seen?.clockWidthMs).toBeLessThan(1000);
  expect(seen?.clockSkewMs).toBe(0);
});
