// What a promoted replica never saw is given back to it.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import { until } from '../../../support/until.ts';
import {
  type EchoedShard,
  namesIn,
  RESTORED_WITHIN_MS,
  startEchoedShard,
  TOMBSTONE_TTL_MS,
  untilNames,
  update,
} from './echoed-shard.ts';

const DAY_MS = 86_400_000;

let shard: EchoedShard;
beforeEach(async () => {
  shard = await startEchoedShard();
});
afterEach(() => shard?.stop());

describe('an update that the promoted replica never saw', () => {
  const lostUpdate = async (options: Partial<RedisStoreOptions>) => {
    const store = await shard.sidecar(options);
    const [seen, lost] = [update('s'), update('s')];
    await store.append(seen);
    await shard.untilReplicated();
    await shard.promote();
    await store.append(lost);
    const behind = await shard.at('second');
    shard.switch();
    return { store, behind, seen, lost };
  };

  test('is there again within two seconds', async () => {
    const { behind, seen, lost } = await lostUpdate({});
    await untilNames(behind, 's', [seen.updateId, lost.updateId]);
    expect(await behind.read('s')).toMatchObject({ isWhole: true, damage: [], revision: 2 });
    // One that was acknowledged just before may be looked up as well.
    const restored = shard.offered.filter(({ result }) => result === 'restored');
    expect(restored).toEqual([{ kind: 'update', result: 'restored' }]);
  });

  test('is there before its session is touched, which is then found', async () => {
    const store = await shard.sidecar();
    await shard.promote();
    await store.append(update('s'));
    shard.switch();
    const touch = { sessionId: 's', ttlMs: 2 * DAY_MS, flowId: undefined };
    const touched = await until('an answer', () =>
      store.touch({ ...touch, receivedAtMonotonicMs: performance.now() }),
    );
    expect(touched).toMatchObject({ status: 'touched' });
  });

  test('shortens nothing, although it was to live for an exact time', async () => {
    const store = await shard.sidecar();
    const seen = update('s');
    await store.append(seen);
    await shard.untilReplicated();
    await shard.promote();
    const lost = { ...update('s'), ttlMs: 60_000, isTtlExact: true };
    await store.append(lost);
    const behind = await shard.at('second');
    shard.switch();
    await untilNames(behind, 's', [seen.updateId, lost.updateId]);
    const { expiresAtMs = 0, nowMs = 0 } = (await behind.read('s')) ?? {};
    expect(expiresAtMs - nowMs).toBeGreaterThan(seen.ttlMs - 60_000);
    expect(seen.ttlMs).toBeGreaterThan(10 * lost.ttlMs);
  });

  test('is lost without echo', async () => {
    const { store, behind, seen, lost } = await lostUpdate({ echo: undefined });
    await until('the new master', async () => (await store.append(update('other'))) && true);
    // By then it would be there.
    await new Promise((resolve) => setTimeout(resolve, RESTORED_WITHIN_MS));
    expect(await namesIn(behind, 's')).toEqual([seen.updateId]);
    expect(lost.updateId).not.toBe(seen.updateId);
  });

  test('is in the first answer of the process that acknowledged it', async () => {
    const { store, seen, lost } = await lostUpdate({});
    const first = await until('an answer', () => namesIn(store, 's'));
    expect(first).toEqual([seen.updateId, lost.updateId].sort());
  });

  test('is not offered again where the connection alone was lost', async () => {
    const store = await shard.sidecar();
    await store.append(update('s'));
    for (const client of await shard.first.client
      .client('LIST')
      .then((list) => String(list).split('\n')))
      if (client.includes('cognigy-session-sidecar'))
        await shard.first.client.client('KILL', 'ID', /id=(\d+)/.exec(client)?.[1] ?? '');
    await until('an answer', async () =>
      (await namesIn(store, 's')).length === 1 ? true : undefined,
    );
    expect(shard.offered).toEqual([]);
  });
});

test('a write is released once the replica has it', async () => {
  const store = await shard.sidecar();
  await store.append(update('s'));
  await until('it to be kept', () => shard.kept?.writes === 1 || undefined);
  expect(shard.kept?.bytes).toBeGreaterThan(100);
  await until('it to be released', () => shard.kept?.writes === 0 || undefined);
});

test('a write is kept while a replica that was seen lately is away', async () => {
  const store = await shard.sidecar();
  await store.append(update('s'));
  await until('it to be kept', () => shard.kept?.writes === 1 || undefined);
  await until('it to be released', () => shard.kept?.writes === 0 || undefined);
  await shard.promote();
  await store.append(update('s'));
  await until('it to be kept', () => shard.kept?.writes === 1 || undefined);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(shard.kept?.writes).toBe(1);
});

test('more than there is room for is counted', async () => {
  let overruns = 0;
  const store = await shard.sidecar({
    echo: { maxBytes: 2000, writesMoments: true },
    onEchoOverrun: () => {
      overruns += 1;
    },
  });
  await shard.promote();
  for (let turn = 0; turn < 10; turn++) await store.append(update('s'));
  expect(overruns).toBeGreaterThan(2);
  expect(overruns).toBeLessThan(10);
});

test('an etag of the former master does not match, the next one does', async () => {
  const store = await shard.sidecar();
  const seen = update('s');
  const told = (await store.append(seen)) as { etag: string };
  await shard.untilReplicated();
  await shard.promote();
  shard.switch();
  const etag = await until('an etag', async () => (await store.read('s'))?.etag);
  expect(etag).toMatch(/^[0-9a-f]{28}$/);
  expect(etag.slice(0, 20)).toBe(told.etag.slice(0, 20));
  const refused = await store.append(update('s', { ifMatch: told.etag }));
  expect(refused).toMatchObject({ status: 'conflict', revision: 1, etag });
  expect((await store.append(update('s', { ifMatch: etag }))).status).toBe('stored');
});

test('a lost conditional write is reported, not repeated', async () => {
  const store = await shard.sidecar();
  const { etag } = (await store.append(update('s'))) as { etag: string };
  await shard.untilReplicated();
  await shard.promote();
  expect((await store.append(update('s', { ifMatch: etag }))).status).toBe('stored');
  const behind = await shard.at('second');
  shard.switch();
  await until('a report', () => shard.offered.find(({ kind }) => kind === 'conditional'));
  expect(shard.offered).toContainEqual({ kind: 'conditional', result: 'lost' });
  expect(await namesIn(behind, 's')).toHaveLength(1);
});

test('notes and tombstones of users are given back', async () => {
  const store = await shard.sidecar();
  await shard.promote();
  const entry = { eventMs: 1000, ttlMs: 60_000, receivedAtMonotonicMs: performance.now() - 1000 };
  await store.index({ ...entry, userId: 'noted', sessionId: 's' });
  await store.eraseUser({ userId: 'erased', tombstoneTtlMs: TOMBSTONE_TTL_MS });
  const behind = await shard.at('second');
  shard.switch();
  await until('both', () => shard.offered.length === 2 || undefined);
  expect(await behind.userSessions('noted', { offset: 0, limit: 10 })).toMatchObject([
    { sessionId: 's', eventMs: 1000 },
  ]);
  const late = await behind.index({ ...entry, userId: 'erased', sessionId: 's' });
  expect(late.status).toBe('erased');
  const now = { ...entry, receivedAtMonotonicMs: performance.now() };
  expect((await behind.index({ ...now, userId: 'erased', sessionId: 's' })).status).toBe('noted');
});

test('nothing is compacted for a while under a new replication id', async () => {
  let laterMs = 0;
  const store = await shard.sidecar({ nowMonotonicMs: () => performance.now() + laterMs });
  await store.append(update('s'));
  const read = await store.read('s');
  const snapshot = { name: 'snapshot:0b', frame: update('s').frame, etag: read?.etag ?? '' };
  const compaction = {
    ...{ sessionId: 's', incarnation: read?.incarnation ?? '', folded: read?.frames ?? [] },
    ...{ snapshot: { ...snapshot, revision: 1 }, recent: [] },
  };
  expect(await store.compact(compaction)).toBe('changed');
  laterMs = 26_000;
  expect(await store.compact(compaction)).toBe('compacted');
  expect(await store.read('s')).toMatchObject({ isWhole: true, damage: [], etag: read?.etag });
});
