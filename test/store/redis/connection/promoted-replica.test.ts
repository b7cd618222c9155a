// A replica is promoted that missed its master's last writes. What was acknowledged is lost then;
// nothing else may go wrong because of it: no frame folded twice, none removed that was not folded,
// no etag that matches.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recentFrom } from '../../../../src/store/recent-updates.ts';
import type {
  Append,
  Compaction,
  SessionStore,
  StoredSession,
} from '../../../../src/store/session-store.ts';
import {
  type RedisCluster,
  type Shard,
  startRedisCluster,
  untilReplaced,
} from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, openStore } from '../../../support/redis-store.ts';
import { sessionIdIn } from '../../../support/shard-ids.ts';
import { until } from '../../../support/until.ts';

let cluster: RedisCluster;
let store: SessionStore;
let shard: Shard;
const remaining: Shard[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster();
  remaining.push(...cluster.shards);
  store = await openStore(clusterTarget(cluster.servers), { commandTimeoutMs: 1500 });
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});

let sessionId: string;
let kept: Append[];
beforeEach(async () => {
  shard = remaining.pop() as Shard;
  sessionId = await sessionIdIn(cluster, shard, 'session');
  kept = [appendOf({ sessionId }), appendOf({ sessionId }), appendOf({ sessionId })];
  for (const append of kept) await store.append(append);
  await shard.master.client.call('WAIT', [1, 5000]);
});

/** Cuts the replica off, so that it misses all that follows. */
async function cutOff(): Promise<void> {
  const { replica } = shard;
  await replica.client.config('SET', 'masterauth', 'wrong');
  await replica.client.call('CLIENT', ['KILL', 'TYPE', 'master']);
  await until('the replica to be cut off', async () =>
    /master_link_status:down/.test(await replica.client.info('replication')) ? true : undefined,
  );
}

/** Kills the master, and promotes the replica with what it has. */
async function promote(): Promise<void> {
  await shard.master.kill();
  await shard.replica.client.cluster('FAILOVER', 'TAKEOVER');
  await untilReplaced(cluster, shard);
  await until('the replica to serve', () => store.read(sessionId));
}

async function readLive(): Promise<StoredSession> {
  const session = await store.read(sessionId);
  if (session === undefined) throw new Error('the session is missing');
  return session;
}

function compactionOf(view: StoredSession, name: string): Compaction {
  const { incarnation, frames: folded, revision, etag } = view;
  const recent = folded
    .filter((frame) => frame.kind === 'delta')
    .map((frame) => ({ updateId: frame.name, revision: frame.revision, etag: frame.etag }));
  const snapshot = { name: `snapshot:${name}`, revision, etag, frame: Buffer.alloc(70, name) };
  return {
    sessionId,
    incarnation,
    folded,
    snapshot,
    recent: [...recentFrom(view.recent), ...recent],
  };
}

const names = (session: StoredSession) => session.frames.map((frame) => frame.name);

describe('a replica that was promoted without the last updates', () => {
  it('gives them other etags when they come again, and refuses what was read before', async () => {
    await cutOff();
    const lost = [appendOf({ sessionId }), appendOf({ sessionId })] as const;
    for (const append of lost) await store.append(append);
    const before = await readLive();
    await promote();

    expect(names(await readLive())).toEqual(kept.map((append) => append.updateId));
    expect(await store.compact(compactionOf(before, 'early'))).toBe('changed');

    // The second of the lost updates comes first now, and takes the revision of the first.
    const again = await store.append(lost[1]);
    const [revision, etags] = [
      before.frames[3]?.revision,
      before.frames.map((frame) => frame.etag),
    ];
    expect(again).toMatchObject({ status: 'stored', revision, created: false });
    expect(etags).not.toContain('etag' in again && again.etag);
    await store.append(lost[0]);
    const after = await readLive();
    expect(after.revision).toBe(before.revision);
    expect(after.etag).not.toBe(before.etag);

    // All the names are there again, and still it is not what was folded.
    expect(await store.compact(compactionOf(before, 'late'))).toBe('changed');
    expect(names(await readLive())).toEqual(names(after));
    expect(await store.compact(compactionOf(after, 'right'))).toBe('compacted');
    expect(names(await readLive())).toEqual(['snapshot:right']);
  });
});

describe('a replica that was promoted without the last compaction', () => {
  it('still has every frame, is compacted anew, and takes no update twice', async () => {
    await cutOff();
    const view = await readLive();
    expect(await store.compact(compactionOf(view, 'lost'))).toBe('compacted');
    const lost = appendOf({ sessionId });
    await store.append(lost);
    const compacted = await readLive();
    await promote();

    expect(await readLive()).toMatchObject({ revision: 3, recent: '', frames: view.frames });
    for (const [place, append] of kept.entries()) {
      expect(await store.append(append)).toMatchObject({ status: 'known', revision: place + 1 });
    }
    expect(await store.compact(compactionOf(compacted, 'second'))).toBe('changed');
    expect(await store.compact(compactionOf(view, 'anew'))).toBe('compacted');
    await store.append(lost);
    expect(names(await readLive())).toEqual(['snapshot:anew', lost.updateId]);
    for (const append of kept)
      expect(await store.append(append)).toMatchObject({ status: 'known' });
  });
});
