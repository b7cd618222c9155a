// Which sentinels count when they are asked who is master: those that are connected.

import { expect, it, onTestFinished } from 'vitest';
import { createNodeHealth } from '../../../../src/store/redis/connection/node-health.ts';
import { watchSentinels } from '../../../../src/store/redis/connection/watch-sentinels.ts';
import { MASTER_NAME, sentinelLines } from '../../../support/redis-sentinel.ts';
import { prepareRedisServer, type RedisServer } from '../../../support/redis-server.ts';
import { storeOptions } from '../../../support/redis-store.ts';
import { startSlowProxy } from '../../../support/slow-proxy.ts';
import { until } from '../../../support/until.ts';
import { kept } from './refused-calls.ts';

/** Ports of masters that nobody connects to. */
const FIRST = 1;
const LATER = 2;

/** A sentinel that knows of no other, with the epoch that its failovers have come to. */
async function startSentinel(masterPort: number, epoch: number): Promise<RedisServer> {
  const lines = [
    ...sentinelLines(masterPort, { downAfterMs: 3_600_000 }),
    `sentinel config-epoch ${MASTER_NAME} ${epoch}`,
  ];
  const sentinel = kept(await prepareRedisServer({ sentinel: lines }));
  await sentinel.start();
  return sentinel;
}

/** Lets it watch another master, as one that counts its failovers from the start. */
async function setUpAgain({ client }: RedisServer, masterPort: number): Promise<void> {
  await client.call('SENTINEL', ['REMOVE', MASTER_NAME]);
  await client.call('SENTINEL', ['MONITOR', MASTER_NAME, '127.0.0.1', masterPort, '2']);
}

/** Ends all connections to it but that of the test. */
async function hangUp({ client }: RedisServer): Promise<void> {
  for (const type of ['normal', 'pubsub'])
    await client.call('CLIENT', ['KILL', 'TYPE', type, 'SKIPME', 'yes']);
}

/** Asks again and again, until this one has answered two questions at least. */
async function askUntilAnswered({ client }: RedisServer, ask: () => void): Promise<void> {
  // A question takes two commands, and this one takes INFO.
  const commandsRun = async () =>
    Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
  const before = await commandsRun();
  let polls = 0;
  await until('the sentinel to be asked', async () => {
    ask();
    polls += 1;
    return (await commandsRun()) - before - polls >= 4 || undefined;
  });
}

/** Watches them, and notes the ports of the masters that are to be followed. */
function watch(sentinels: { host: string; port: number }[]) {
  const named: number[] = [];
  const target = { sentinels, name: MASTER_NAME };
  const options = {
    ...storeOptions({ kind: 'sentinel', ...target }),
    // What answers nothing is waited for as long as the test is.
    commandTimeoutMs: 600_000,
    // What is on its way when a sentinel hangs up fails, and says that it is gone; so nothing is.
    topologyRefreshMs: 3_600_000,
  };
  const watched = watchSentinels(target, {
    ...options,
    health: createNodeHealth(options),
    onNamed: ({ address }) => named.push(address.port),
    onReplacing: () => {},
  });
  onTestFinished(() => watched.close());
  return { watched, named };
}

async function proxyOf({ port }: RedisServer) {
  const proxy = await startSlowProxy(port);
  onTestFinished(() => proxy.close());
  return proxy;
}

it('a sentinel that hung up and does not answer again is not heard', async () => {
  const sentinel = await startSentinel(FIRST, 0);
  const proxy = await proxyOf(sentinel);
  const { watched } = watch([{ host: '127.0.0.1', port: proxy.port }]);
  await until('the sentinel to answer', () => watched.areAnswering() || undefined);
  proxy.hold('all');
  await hangUp(sentinel);
  const silent = until('none to answer', () => !watched.areAnswering() || undefined);
  expect(await silent).toBe(true);
});

it('what a sentinel said that hung up does not count for a majority', async () => {
  const [gone, again, other] = [
    await startSentinel(FIRST, 0),
    await startSentinel(LATER, 5),
    await startSentinel(LATER, 5),
  ];
  const proxy = await proxyOf(gone);
  const { watched, named } = watch([{ host: '127.0.0.1', port: proxy.port }, again, other]);
  await until('the later master to be named', () => named.includes(LATER) || undefined);
  await askUntilAnswered(gone, watched.ask);
  proxy.hold('all');
  await hangUp(gone);
  await other.kill();

  // One of three: it alone does not say that there are fewer failovers than there were.
  named.length = 0;
  await setUpAgain(again, FIRST);
  await askUntilAnswered(again, watched.ask);
  expect(named).not.toContain(FIRST);

  await proxy.release();
  const followed = until('the majority to be followed', () => named.includes(FIRST) || undefined);
  expect(await followed).toBe(true);
});
