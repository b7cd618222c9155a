import { expect, test } from 'vitest';
import { createSessionFeeds, type WatchRead } from '../../../src/service/watching/session-feeds.ts';
import type { KeyFollower } from '../../../src/store/key-follower.ts';
import type { StoredKey } from '../../../src/store/session-store.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A store whose reads are answered by the test, one after the other. */
function storeByHand() {
  const reads: PromiseWithResolvers<StoredKey>[] = [];
  const followers: KeyFollower[] = [];
  let stopped = 0;
  return {
    reads,
    followers,
    stopped: () => stopped,
    store: {
      inspect() {
        const read = Promise.withResolvers<StoredKey>();
        reads.push(read);
        return read.promise;
      },
      watch(_sessionId: string, follower: KeyFollower) {
        followers.push(follower);
        return () => void stopped++;
      },
    },
  };
}

function keyAt(nowMs: number, lockedUntilMs?: number): StoredKey {
  return {
    ...{ nowMs, session: undefined, lockedUntilMs, tombstone: undefined },
    ...{ quarantine: [], damage: [], unknownFields: [] },
  };
}

function openFeeds() {
  const byHand = storeByHand();
  const counted: WatchRead[] = [];
  const failures: unknown[] = [];
  const feeds = createSessionFeeds({
    store: byHand.store,
    nowMonotonicMs: () => performance.now(),
    onRead: (read) => counted.push(read),
    onFailed: ({ cause }) => failures.push(cause),
  });
  return { ...byHand, feeds, counted, failures };
}

test('a change that is reported while a session is read leads to another read', async () => {
  const { feeds, reads, followers } = openFeeds();
  let views = 0;
  const feed = feeds.follow('s', () => void views++);
  followers[0]?.changed();
  followers[0]?.changed();
  expect(reads).toHaveLength(1);
  reads[0]?.resolve(keyAt(1));
  await waitFor(() => expect(reads).toHaveLength(2));
  reads[1]?.resolve(keyAt(2));
  await waitFor(() => expect(views).toBe(2));
  expect(feed.latest()?.nowMs).toBe(2);
  expect(reads).toHaveLength(2);
  feed.end();
});

test('all watchers of a session share its reads, and the last one ends them', async () => {
  const { feeds, reads, followers, stopped } = openFeeds();
  const seen: string[] = [];
  const [first, second] = ['first', 'second'].map((name) =>
    feeds.follow('s', () => seen.push(name)),
  );
  reads[0]?.resolve(keyAt(1));
  await waitFor(() => expect(seen).toEqual(['first', 'second']));
  expect([reads.length, followers.length, feeds.count()]).toEqual([1, 1, 1]);
  first?.end();
  expect(stopped()).toBe(0);
  second?.end();
  expect([stopped(), feeds.count()]).toEqual([1, 0]);
});

test('a read that fails is repeated, and nothing was seen meanwhile', async () => {
  const { feeds, reads, followers, counted, failures } = openFeeds();
  const feed = feeds.follow('s', () => {});
  reads[0]?.reject(new Error('no connection'));
  await waitFor(() => expect(reads).toHaveLength(2));
  followers[0]?.looked('polled');
  expect(feed.seenUntilMs()).toBe(Number.NEGATIVE_INFINITY);
  reads[1]?.resolve(keyAt(1));
  await waitFor(() => expect(feed.latest()?.nowMs).toBe(1));
  expect(feed.seenUntilMs()).toBeGreaterThan(0);
  expect(failures).toHaveLength(1);
  expect(counted).toEqual(['failed', 'polled', 'session']);
  feed.end();
});

test('what is due to end is read then, though nobody reports it', async () => {
  const { feeds, reads } = openFeeds();
  const feed = feeds.follow('s', () => {});
  reads[0]?.resolve(keyAt(1000, 1020));
  await waitFor(() => expect(reads).toHaveLength(2));
  reads[1]?.resolve(keyAt(1025));
  await waitFor(() => expect(feed.latest()?.lockedUntilMs).toBeUndefined());
  feed.end();
});
