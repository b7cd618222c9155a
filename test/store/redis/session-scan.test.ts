// What a walk over all sessions does when the server that it is at is another one than before.

import { expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../../support/redis-store.ts';
import { closing, kept } from './connection/refused-calls.ts';

const IDS = Array.from({ length: 40 }, (_, place) => `scanned-${place}`);

async function saved(server: RedisServer) {
  const store = closing(await openStore(standaloneTarget(server)));
  for (const sessionId of IDS) await store.append(appendOf({ sessionId }));
  const scan = (position: string) =>
    store.scanSessions({ position, idPrefix: 'scanned-', count: 10 });
  return { store, scan };
}

/** Walks to the end from a position; answers what is found, and how often it began again. */
async function walkFrom(
  position: string | undefined,
  scan: Awaited<ReturnType<typeof saved>>['scan'],
) {
  const found: string[] = [];
  let restarts = 0;
  for (let next = position; next !== undefined; ) {
    const step = await scan(next);
    if (step === undefined) throw new Error('the position is not known');
    found.push(...step.sessionIds);
    if (step.hasRestarted) restarts += 1;
    next = step.next;
  }
  return { found: found.sort(), restarts };
}

test('a walk begins again at a server that has restarted', async () => {
  const settings = { appendonly: 'yes', appendfsync: 'always' };
  const server = kept(await startRedisServer({ settings }));
  const { store, scan } = await saved(server);
  const first = await scan('');
  expect(first?.hasRestarted).toBe(false);
  await server.kill();
  await server.start();
  await expect
    .poll(() =>
      store.ping().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  expect(await walkFrom(first?.next, scan)).toEqual({ found: IDS.toSorted(), restarts: 1 });
});

test('a walk begins again where a master has other slots than before', async () => {
  const server = kept(await startRedisServer());
  const { scan } = await saved(server);
  const { next = '' } = (await scan('')) ?? {};
  const moved = next.replace('"part":"0-16383"', '"part":"0-8191"');
  expect(moved).not.toBe(next);
  expect(await walkFrom(moved, scan)).toEqual({ found: IDS.toSorted(), restarts: 1 });
});

test('a cursor that Redis would refuse is no position', async () => {
  const { scan } = await saved(kept(await startRedisServer()));
  const { next } = (await scan('')) ?? {};
  const position = { ...JSON.parse(next ?? ''), cursor: '9'.repeat(20) };
  expect(await scan(JSON.stringify(position))).toBeUndefined();
});
