// A slot that moves to another master: its writes are offered there, where they are already, and
// those of the time in between are kept for the master that took them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { slotToMigrate } from '../../../support/migrating-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { clusterTarget, keys, openStore } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { ECHO, erasureOf, namesIn, update } from './echoed-shard.ts';

let cluster: RedisCluster;
let store: SessionStore;
let kept = 0;
const offered: string[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster();
  store = await openStore(clusterTarget(cluster.servers), {
    echo: ECHO,
    onEchoOffered: ({ kind, result }) => offered.push(`${kind} ${result}`),
    onEchoKept: ({ writes }) => {
      kept = writes;
    },
  });
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});

test('updates and erases before, during and after a migration are there once, and then released', async () => {
  const slot = await slotToMigrate(cluster, 'migrated');
  const [moved, later, erased] = [slot.nextId(), slot.nextId(), slot.nextId()];
  const names = new Map<string, string[]>([moved, later].map((id) => [id, []]));
  const append = async (sessionId: string) => {
    const next = update(sessionId);
    const result = await until('an answer', () => store.append(next));
    expect(['stored', 'known']).toContain(result.status);
    names.get(sessionId)?.push(next.updateId);
  };
  for (const id of [moved, later, erased]) await append(id);
  await slot.begin();
  await slot.move(keys.session(moved));
  await append(moved);
  await append(later);
  await until('the erase', () => store.erase(erasureOf(erased)));
  await slot.end();
  await append(moved);
  await append(later);
  for (const [id, updateIds] of names) {
    await until('all updates, once', async () =>
      (await namesIn(store, id)).join() === [...updateIds].sort().join() ? true : undefined,
    );
    expect(await store.read(id)).toMatchObject({ isWhole: true, damage: [], revision: 3 });
  }
  expect(await store.read(erased)).toBeUndefined();
  await until('every write to be released', () => kept === 0 || undefined);
  // Nothing was lost; the update of the erased session is offered behind its erase, and dropped.
  const allowed = ['update there', 'update erased', 'erase there', 'erase restored'];
  expect(offered.filter((each) => !allowed.includes(each))).toEqual([]);
  expect(offered.filter((each) => each === 'update there').length).toBeGreaterThan(0);
  expect(offered.filter((each) => each === 'update erased').length).toBeLessThan(2);
  expect(await store.read(erased)).toBeUndefined();
});
