// Which clock belongs to a connection that was made again: behind its address there may be another
// server by then.

import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createNodeClocks } from '../../../../src/store/redis/clock/node-clocks.ts';
import { until } from '../../../support/until.ts';

const HOUR_MS = 3_600_000;

/** A client that is connected, and its clocks, read by a clock of ours that a test can set. */
async function connected() {
  const { host, port } = inject('redisStandalone');
  const client = new Redis({ host, port });
  onTestFinished(() => client.disconnect());
  await client.ping();
  let aheadMs = 0;
  const clocks = createNodeClocks(() => performance.now() + aheadMs);
  return {
    client,
    clocks,
    /** Like a server whose clock is an hour behind that of the last one. */
    setAhead: () => {
      aheadMs += HOUR_MS;
    },
    async reconnect() {
      const { stream } = client;
      client.disconnect(true);
      await until('another connection', async () => {
        await client.ping();
        return client.stream !== stream || undefined;
      });
    },
  };
}

it('a clock is known once it was asked for, and the same as long as the connection is', async () => {
  const { client, clocks } = await connected();
  expect(clocks.known(client)).toBeUndefined();
  const clock = await clocks.of(client);
  expect(clocks.known(client)).toBe(clock);
  expect(await clocks.of(client)).toBe(clock);
});

it('after a reconnect the clock of before is not known any more, and another one is asked for', async () => {
  const { client, clocks, setAhead, reconnect } = await connected();
  const former = await clocks.of(client);
  setAhead();
  await reconnect();
  expect(clocks.known(client)).toBeUndefined();
  const clock = await clocks.of(client);
  expect(clocks.known(client)).toBe(clock);
  expect(clock).not.toBe(former);
  const [before, now] = [former.interval(), clock.interval()];
  expect((before?.lowMs ?? 0) - (now?.lowMs ?? 0)).toBeGreaterThan(HOUR_MS / 2);
});

it('refresh() asks on a connection that was made again', async () => {
  const { client, clocks, reconnect } = await connected();
  const former = await clocks.of(client);
  await reconnect();
  clocks.refresh([client]);
  const clock = await until('the clock to be known', () => clocks.known(client));
  expect(clock).not.toBe(former);
});
