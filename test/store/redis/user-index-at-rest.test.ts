import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const MINUTE_MS = 60_000;
const SLACK_MS = 120_000;

const { client, store } = await openStoreAndClient();

const note = async (userId: string, sessionId: string, ageMs: number, ttlMs = MINUTE_MS) => {
  const result = await store.index({
    userId,
    sessionId,
    eventMs: 5,
    receivedAtMonotonicMs: performance.now() - ageMs,
    ttlMs,
  });
  return result.status;
};
const expiryOf = (userId: string) => client.pexpiretime(keys.user(userId));

describe('the index of a user', () => {
  it('holds an event and a deadline for each session', async () => {
    const user = randomUUID();
    await note(user, 'one', 0);
    const [deadline, score, event, eventMs] = await client.zrange(
      keys.user(user),
      0,
      '-1',
      'WITHSCORES',
    );
    expect([deadline, event, eventMs]).toEqual(['xone', 'eone', '5']);
    expect(-Number(score)).toBe(await expiryOf(user));
    const [seconds] = await client.time();
    expect(-Number(score) - Number(seconds) * 1000).toBeGreaterThan(SLACK_MS + MINUTE_MS - 5000);
  });

  it('expires with its latest entry, and never earlier than it once would have', async () => {
    const user = randomUUID();
    await note(user, 'long', 0, 60 * MINUTE_MS);
    const latest = await expiryOf(user);
    await note(user, 'short', 0);
    await note(user, 'long', 0, MINUTE_MS);
    expect(await expiryOf(user)).toBe(latest);
    await note(user, 'longer', 0, 90 * MINUTE_MS);
    expect(await expiryOf(user)).toBeGreaterThan(latest);
  });

  it('drops at most 100 sessions at once whose time has passed, and both members of each', async () => {
    const user = randomUUID();
    const key = keys.user(user);
    for (let place = 0; place < 150; place++) {
      await client.zadd(key, 9, `e${place}`, -1000 - place, `x${place}`);
    }
    await note(user, 'live', 0);
    expect(await client.zcard(key)).toBe(2 * 51);
    await note(user, 'live', 0);
    expect(await client.zrange(key, 0, '-1')).toEqual(['xlive', 'elive']);
  });

  it('that is no sorted set reads as empty, and is renamed aside by the next note', async () => {
    const user = randomUUID();
    const key = keys.user(user);
    await client.set(key, 'precious');
    expect(await store.userSessions(user, { offset: 0, limit: 10 })).toEqual([]);
    await note(user, 'one', 0);
    expect(await store.userSessions(user, { offset: 0, limit: 10 })).toEqual([
      { sessionId: 'one', eventMs: 5 },
    ]);
    const [aside = ''] = await client.keys(`${key}:aside:*`);
    expect(await client.get(aside)).toBe('precious');
  });
});

describe('the tombstone of a user', () => {
  const eraseUser = (userId: string, { ttlMs = MINUTE_MS } = {}) =>
    store.eraseUser({ userId, tombstoneTtlMs: ttlMs });
  const scoreOf = async (userId: string, member: string) =>
    Number(await client.zscore(keys.user(userId), member));

  it('is two members of its index, its instant and its deadline, with which the key expires', async () => {
    const user = randomUUID();
    await eraseUser(user);
    expect((await client.zrange(keys.user(user), 0, '-1')).sort()).toEqual(['d', 't']);
    const [instantMs, deadlineMs] = [-(await scoreOf(user, 't')), -(await scoreOf(user, 'd'))];
    const [seconds] = await client.time();
    expect(Math.abs(instantMs - Number(seconds) * 1000)).toBeLessThan(5000);
    expect(deadlineMs - instantMs).toBe(MINUTE_MS + 2);
    expect(await expiryOf(user)).toBe(deadlineMs);
  });

  it('has the later of two deadlines, and never shortens the life of its key', async () => {
    const user = randomUUID();
    await note(user, 'long', 0, 60 * MINUTE_MS);
    const latest = await expiryOf(user);
    await eraseUser(user, { ttlMs: 2 * MINUTE_MS });
    const deadline = await scoreOf(user, 'd');
    await eraseUser(user);
    expect(await scoreOf(user, 'd')).toBe(deadline);
    expect(await expiryOf(user)).toBe(latest);
    await eraseUser(user, { ttlMs: 90 * MINUTE_MS });
    expect(await expiryOf(user)).toBe(-(await scoreOf(user, 'd')));
  });

  it('is left alone by pruning until its deadline, and then goes whole', async () => {
    const user = randomUUID();
    const key = keys.user(user);
    await eraseUser(user, { ttlMs: 2 * MINUTE_MS });
    for (let place = 0; place < 30; place++) {
      await client.zadd(key, 9, `e${place}`, -1000 - place, `x${place}`);
    }
    await note(user, 'live', 0);
    expect((await client.zrange(key, 0, '-1')).sort()).toEqual(['d', 'elive', 't', 'xlive']);
    await client.zadd(key, -2000, 'd');
    await note(user, 'live', 0);
    expect((await client.zrange(key, 0, '-1')).sort()).toEqual(['elive', 'xlive']);
  });

  it('counts no more once its deadline has passed, though it is still there', async () => {
    const user = randomUUID();
    await note(user, 'live', 0);
    await eraseUser(user);
    expect(await note(user, 'late', MINUTE_MS)).toBe('erased');
    await client.zadd(keys.user(user), -2000, 'd');
    expect(await note(user, 'late', MINUTE_MS)).toBe('noted');
  });

  it('ahead of the clock refuses nothing, and gives way to the next erase', async () => {
    const user = randomUUID();
    await eraseUser(user);
    const [seconds] = await client.time();
    const aheadMs = Number(seconds) * 1000 + 60 * MINUTE_MS;
    await client.zadd(keys.user(user), -aheadMs, 't', -(aheadMs + MINUTE_MS), 'd');
    expect(await note(user, 'late', MINUTE_MS)).toBe('noted');
    await eraseUser(user);
    expect(-(await scoreOf(user, 't'))).toBeLessThan(aheadMs);
    expect(await note(user, 'late', MINUTE_MS)).toBe('erased');
  });

  it('keeps a refused note from changing anything', async () => {
    const user = randomUUID();
    const key = keys.user(user);
    await eraseUser(user);
    await client.zadd(key, 9, 'eover', -1000, 'xover');
    const before = await client.dumpBuffer(key);
    expect(await note(user, 'late', MINUTE_MS, 60 * MINUTE_MS)).toBe('erased');
    expect(await client.dumpBuffer(key)).toEqual(before);
  });

  it('stays when the last session is taken out, and its key expires with it still', async () => {
    const user = randomUUID();
    await note(user, 'one', 0);
    await eraseUser(user);
    const latest = await expiryOf(user);
    expect(await store.unindex({ userId: user, sessionIds: ['one', 'd', 't', ''] })).toBe(1);
    expect((await client.zrange(keys.user(user), 0, '-1')).sort()).toEqual(['d', 't']);
    expect(await expiryOf(user)).toBe(latest);
  });

  it('renames aside what is no sorted set; taking out leaves it where it is', async () => {
    const user = randomUUID();
    const key = keys.user(user);
    await client.set(key, 'precious');
    expect(await store.unindex({ userId: user, sessionIds: ['one'] })).toBe(0);
    expect(await client.get(key)).toBe('precious');
    await eraseUser(user);
    const [aside = ''] = await client.keys(`${key}:aside:*`);
    expect(await client.get(aside)).toBe('precious');
    expect(await note(user, 'late', MINUTE_MS)).toBe('erased');
  });
});
