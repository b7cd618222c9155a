// What only Redis 7.2 and later and Valkey can do: say when a write is on disk. And what they do in
// another way than Redis 7.0: their WAIT counts only the writes of its own connection.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionStore } from '../../src/store/session-store.ts';
import { describeWaitingForReplicas } from '../store/redis/replication/waiting-for-replicas.ts';
import { type RedisReplicas, startRedisReplicas } from '../support/redis-replicas.ts';
import { appendOf, openStore, standaloneTarget } from '../support/redis-store.ts';
import { until } from '../support/until.ts';

const VALKEY = { program: 'valkey-server' };
const ON_DISK = { appendonly: 'yes', appendfsync: 'always' };

describe('replicated, on Valkey', () => describeWaitingForReplicas(VALKEY));

describe('synced, on Valkey', () => {
  let group: RedisReplicas;
  let store: SessionStore;
  let warnings: readonly string[] = [];

  beforeAll(async () => {
    group = await startRedisReplicas(1, { ...VALKEY, settings: ON_DISK });
    store = await openStore(standaloneTarget(group.master), {
      durability: { level: 'synced', replicas: 1 },
      topologyRefreshMs: 200,
      onServersChecked: (setup) => {
        warnings = setup.warnings.map(({ kind }) => kind);
      },
    });
  });
  afterAll(async () => {
    await store?.close();
    await group?.stop();
  });
  beforeEach(async () => {
    for (const { client } of servers()) await client.config('SET', 'appendonly', 'yes');
    await untilReached('synced');
  });

  const inTime = () => ({ endsAtMonotonicMs: performance.now() + 3000 });
  const servers = () => [group.master, ...group.replicas];

  /** Waits until updates are kept so safely, also after a test in which they were not. */
  async function untilReached(durability: string): Promise<void> {
    await until(`an update that is ${durability}`, async () => {
      const result = await store.append(appendOf(), inTime());
      return result.status === 'stored' && result.durability === durability ? true : undefined;
    });
  }

  it('updates, repeated ones too, and erases are on disk when they are answered', async () => {
    const append = appendOf();
    expect(await store.append(append, inTime())).toMatchObject({
      status: 'stored',
      durability: 'synced',
    });
    expect(await store.append(append, inTime())).toMatchObject({
      status: 'known',
      durability: 'synced',
    });
    const erasure = { eraseId: 'the-erase-of-22-letter', tombstoneTtlMs: 60_000, ifMatch: '' };
    const erased = await store.erase({ sessionId: append.sessionId, ...erasure }, inTime());
    expect(erased).toMatchObject({ durability: 'synced' });
    expect(warnings).not.toContain('not_synced');
  });

  it('a replica that writes no file leaves updates replicated', async () => {
    await group.replicas[0]?.client.config('SET', 'appendonly', 'no');
    await untilReached('replicated');
    for (let turn = 0; turn < 10; turn++)
      expect(await store.append(appendOf(), inTime())).toMatchObject({ durability: 'replicated' });
  });

  it('a master that writes no file leaves updates replicated, and is warned of', async () => {
    await group.master.client.config('SET', 'appendonly', 'no');
    await untilReached('replicated');
    for (let turn = 0; turn < 10; turn++)
      expect(await store.append(appendOf(), inTime())).toMatchObject({ durability: 'replicated' });
    await until('the warning', () => (warnings.includes('not_synced') ? true : undefined));
  });

  it('a replica that hangs leaves updates stored', async () => {
    group.replicas[0]?.pause();
    for (let turn = 0; turn < 10; turn++)
      expect(await store.append(appendOf(), inTime())).toMatchObject({ durability: 'stored' });
    group.replicas[0]?.resume();
  });
});
