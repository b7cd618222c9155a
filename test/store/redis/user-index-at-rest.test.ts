import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { keys, openStore, standaloneTarget } from '../../support/redis-store.ts';

const MINUTE_MS = 60_000;
const SLACK_MS = 120_000;

const client = new Redis(inject('redisStandalone'));
let store: SessionStore;
beforeAll(async () => {
  store = await openStore(standaloneTarget());
});
afterAll(async () => {
  client.disconnect();
  await store?.close();
});

describe('the index of a user', () => {
  const note = (userId: string, sessionId: string, ageMs: number, ttlMs = MINUTE_MS) =>
    store.index({ userId, sessionId, eventMs: 5, receivedAtMonotonicMs: performance.now() - ageMs, ttlMs });
  const expiryOf = (userId: string) => client.pexpiretime(keys.user(userId));

  it('holds an event and a deadline for each session', async () => {
    const user = randomUUID();
    await note(user, 'one', 0);
    const [deadline, score, event, eventMs] = await client.zrange(keys.user(user), 0, '-1', 'WITHSCORES');
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
