// Writes that wait for replicas, on a real master with two of them. Which server it is makes a
// difference: Redis 7.0 waits for everything before a WAIT, later versions and Valkey only for what
// was written on the same connection.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import {
  type RedisReplicas,
  startRedisReplicas,
  untilFollowed,
} from '../../../support/redis-replicas.ts';
import type { RedisServerOptions } from '../../../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';

const REPLICAS = 2;
const ERASURE = { tombstoneTtlMs: 60_000, ifMatch: '' };

export function describeWaitingForReplicas(options: RedisServerOptions = {}): void {
  let group: RedisReplicas;
  let store: SessionStore;
  /** What the batches of the store took, in its order. */
  let waited: { seconds: number; isConfirmed: boolean }[];

  beforeAll(async () => {
    group = await startRedisReplicas(REPLICAS, options);
    waited = [];
    const checked = Promise.withResolvers<void>();
    store = await openReplicating(2, { onServersChecked: () => checked.resolve() });
    // What a new connection is asked once would be counted among the commands of a test.
    await checked.promise;
  });
  afterAll(async () => {
    await store?.close();
    await group?.stop();
  });
  beforeEach(async () => {
    for (const replica of group.replicas) replica.resume();
    await untilFollowed(group.master, REPLICAS);
    await untilReplicated(store);
    waited = [];
  });

  function openReplicating(
    replicas: number,
    options: Partial<RedisStoreOptions> = {},
  ): Promise<SessionStore> {
    return openStore(standaloneTarget(group.master), {
      commandTimeoutMs: 1000,
      ...options,
      durability: { level: 'replicated', replicas },
      onDurabilityWaited: (batch) => waited.push(batch),
    });
  }

  /** Waits until the store confirms writes, also after a test in which it did not. */
  async function untilReplicated(replicating: SessionStore): Promise<void> {
    await until('a write that is replicated', async () => {
      const result = await replicating.append(appendOf());
      return result.status === 'stored' && result.durability === 'replicated' ? true : undefined;
    });
  }

  function pauseOne(): void {
    group.replicas[0]?.pause();
  }

  /** How often each command was sent, or run by a script, during `work`. */
  async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const { client } = group.master;
    await client.config('RESETSTAT');
    await work();
    const lines = (await client.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm);
    return Object.fromEntries([...lines].map(([, name, calls]) => [name, Number(calls)]));
  }

  describe('with all replicas', () => {
    it('appends, erases, notes and tombstones of users are replicated', async () => {
      const { sessionId, ...rest } = appendOf();
      const append = { sessionId, ...rest };
      expect(await store.append(append)).toMatchObject({
        status: 'stored',
        durability: 'replicated',
      });
      expect(await store.append(append)).toMatchObject({
        status: 'known',
        durability: 'replicated',
      });
      const entry = { ...append, userId: 'user', eventMs: 1 };
      expect(await store.index(entry)).toEqual({ status: 'noted', durability: 'replicated' });
      expect(await store.eraseUser({ userId: 'user', tombstoneTtlMs: 60_000 })).toEqual({
        durability: 'replicated',
      });
      const erasure = { ...ERASURE, sessionId, eraseId: 'the-erase-of-22-letter' };
      for (const turn of ['first', 'repeated']) {
        const erased = await store.erase(erasure);
        expect(erased, turn).toMatchObject({ status: 'erased', durability: 'replicated' });
      }
    });

    it('writes that arrive together share one WAIT', async () => {
      const commands = await commandsOf(() =>
        Promise.all(Array.from({ length: 100 }, () => store.append(appendOf()))),
      );
      expect(commands.evalsha).toBe(100);
      expect(commands.wait).toBe(1);
      expect(waited).toMatchObject([{ isConfirmed: true }]);
    });

    it('a write alone is one EVALSHA and one WAIT', async () => {
      const commands = await commandsOf(() => store.append(appendOf()));
      expect([commands.evalsha, commands.eval, commands.wait]).toEqual([1, undefined, 1]);
    });

    it('a write whose script was lost is sent again in a batch of its own', async () => {
      await group.master.client.script('FLUSH');
      const sent: string[] = [];
      const monitor = await group.master.client.monitor();
      monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
        if (source !== 'lua') sent.push(name.toLowerCase());
      });
      expect(await store.append(appendOf())).toMatchObject({ durability: 'replicated' });
      const order = await until('the four commands', () => {
        const some = sent.filter((name) => ['evalsha', 'eval', 'wait'].includes(name));
        return some.length >= 4 ? some : undefined;
      });
      monitor.disconnect();
      expect(order.slice(0, 4)).toEqual(['evalsha', 'wait', 'eval', 'wait']);
    });

    it('reads wait for no batch', async () => {
      const append = appendOf();
      await store.append(append);
      pauseOne();
      const write = store.append(appendOf());
      const startedMs = performance.now();
      await store.read(append.sessionId);
      expect(performance.now() - startedMs).toBeLessThan(200);
      expect(await write).toMatchObject({ status: 'stored', durability: 'stored' });
    });
  });

  describe('with a replica that hangs', () => {
    it('no write is said to be replicated, and each is stored', async () => {
      pauseOne();
      const appends = Array.from({ length: 50 }, () => appendOf());
      for (const append of appends)
        expect(await store.append(append)).toMatchObject({
          status: 'stored',
          durability: 'stored',
        });
      for (const { sessionId } of appends)
        expect(await store.read(sessionId)).toMatchObject({ revision: 1 });
      expect(waited.length).toBeGreaterThan(0);
      expect(waited.every(({ isConfirmed }) => !isConfirmed)).toBe(true);
    });

    it('a write whose script was lost is not said to be replicated', async () => {
      pauseOne();
      await group.master.client.script('FLUSH');
      expect(await store.append(appendOf())).toMatchObject({ durability: 'stored' });
    });

    it('one write waits for it, later ones do not', async () => {
      pauseOne();
      await store.append(appendOf());
      await until('the end of its batch', () => (waited.length > 0 ? true : undefined));
      const batches = waited.length;
      for (let turn = 0; turn < 20; turn++)
        expect(await store.append(appendOf())).toMatchObject({ durability: 'stored' });
      // On a busy machine the second connection may have been waiting as well.
      expect(waited.length).toBeLessThanOrEqual(batches + 1);
    });

    it('writes are replicated again when it answers again', async () => {
      pauseOne();
      await store.append(appendOf());
      expect(await store.append(appendOf())).toMatchObject({ durability: 'stored' });
      group.replicas[0]?.resume();
      await untilReplicated(store);
    });

    it('a known update is not said to be replicated, and later it is', async () => {
      const append = appendOf();
      pauseOne();
      // Another connection has written it: this store's own connections wrote nothing since.
      const other = await openStore(standaloneTarget(group.master));
      await other.append(append);
      await other.close();
      expect(await store.append(append)).toMatchObject({ status: 'known', durability: 'stored' });
      group.replicas[0]?.resume();
      await until('the known update to be replicated', async () => {
        const again = await store.append(append);
        return again.status === 'known' && again.durability === 'replicated' ? true : undefined;
      });
    });

    it('a repeated erase and a repeated note are not said to be replicated', async () => {
      const append = appendOf();
      const entry = { ...append, userId: append.sessionId, eventMs: 1 };
      const erasure = {
        ...ERASURE,
        sessionId: append.sessionId,
        eraseId: 'the-erase-of-22-letter',
      };
      pauseOne();
      const other = await openStore(standaloneTarget(group.master));
      await other.append(append);
      await other.index(entry);
      await other.erase(erasure);
      await other.close();
      const fresh = await openReplicating(2);
      expect(await fresh.index(entry)).toMatchObject({ durability: 'stored' });
      await fresh.close();
      const another = await openReplicating(2);
      expect(await another.erase(erasure)).toMatchObject({ durability: 'stored' });
      await another.close();
    });

    it('it is enough where one replica is required', async () => {
      const one = await openReplicating(1);
      pauseOne();
      await untilReplicated(one);
      for (let turn = 0; turn < 10; turn++)
        expect(await one.append(appendOf())).toMatchObject({ durability: 'replicated' });
      await one.close();
    });

    it('and no deadline is missed: the answer is stored by then', async () => {
      pauseOne();
      const endsAtMonotonicMs = performance.now() + 250;
      const result = await store.append(appendOf(), { endsAtMonotonicMs });
      expect(performance.now()).toBeLessThan(endsAtMonotonicMs + 20);
      expect(result).toMatchObject({ status: 'stored', durability: 'stored' });
    });
  });

  it('with fewer replicas than required, also with none, every write is stored', async () => {
    const three = await openReplicating(3);
    for (let turn = 0; turn < 10; turn++)
      expect(await three.append(appendOf())).toMatchObject({
        status: 'stored',
        durability: 'stored',
      });
    await three.close();
  });
}
