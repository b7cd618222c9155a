// Bytes that went bad in Redis: what is found, what is recovered, what a flow and a developer are told.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { keys } from '../support/redis-store.ts';
import { get, post, type RunningApp, startTestApp } from '../support/running-app.ts';

let app: RunningApp;
let redis: Redis;
beforeAll(async () => {
  const { host, port } = inject('redisStandalone');
  redis = new Redis({ host, port });
  app = await startTestApp({ STORE_URL: `redis://${host}:${port}` });
});
afterAll(async () => {
  redis.disconnect();
  await app.stop();
});

const update = (body: object) => post(`${app.webhook}/webhook/cognigy/session`, body);
const restore = async (body: object) => (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

let sessions = 0;

/** A session with one update per second, each setting its own variable and a common one. */
async function sessionOf(updates: number): Promise<{ sessionId: string; key: string; frames: string[] }> {
  const sessionId = `corruption-${process.pid}-${sessions++}`;
  for (let second = 0; second < updates; second++) {
    const variables = { [`v${second}`]: second, last: second };
    await update({ sessionId, flowId: 'checkout', variables, timestamp: 1_718_445_600 + second });
  }
  const { body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
  return {
    sessionId,
    key: keys.session(sessionId),
    frames: body.frames.map((frame: { name: string }) => frame.name),
  };
}

async function flipBit(key: string, field: string, bit: number): Promise<void> {
  const value = (await redis.hgetBuffer(key, field)) as Buffer;
  value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  await redis.hset(key, field, value);
}

describe('a flipped bit', () => {
  test('anywhere in a frame costs that frame alone', async () => {
    const { sessionId, key, frames } = await sessionOf(3);
    const [, middle = ''] = frames;
    const value = (await redis.hgetBuffer(key, middle)) as Buffer;
    const head = 30;
    for (let byte = head; byte < value.length; byte += 7) {
      const bit = byte * 8 + (byte % 8);
      await flipBit(key, middle, bit);
      expect(await restore({ sessionId }), `bit ${bit}`).toMatchObject({
        found: true,
        outcome: 'recovered',
        variables: { v0: 0, v2: 2, last: 2 },
      });
      await flipBit(key, middle, bit);
    }
    const { outcome, variables } = await restore({ sessionId });
    expect([outcome, variables]).toEqual(['intact', { v0: 0, v1: 1, v2: 2, last: 2 }]);
  });

  test('is shown by inspect, with its frame and verdict, and counted', async () => {
    const { sessionId, key, frames } = await sessionOf(2);
    const failures = () => app.metric('cognigy_session_checksum_failures_total{verdict="bad_digest"}');
    const before = await failures();
    await flipBit(key, frames[0] ?? '', 50 * 8);
    await restore({ sessionId });
    expect(await failures()).toBe(before + 1);
    const { status, body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect([status, body.outcome]).toEqual([200, 'recovered']);
    expect(body.frames.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['bad_digest', 'sound']);
  });
});

describe('a session without a sound frame', () => {
  test('falls back: a flow gets 200 and the tutorial’s context, a developer 500, and nothing is stored', async () => {
    const { sessionId, key, frames } = await sessionOf(2);
    for (const frame of frames) await flipBit(key, frame, 30 * 8 + 40);
    const before = await redis.dumpBuffer(key);
    expect(await restore({ sessionId })).toMatchObject({
      found: true,
      sessionId,
      flowId: 'checkout',
      outcome: 'fallback',
      variables: {},
      context: { fallback: 'true', corruptionDetected: 'true' },
      history: [],
    });
    const inspected = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect(inspected.status).toBe(500);
    expect(inspected.body).toMatchObject({
      error: 'State corruption detected',
      action: 'Fallback state returned',
      sessionId,
      code: 'data_loss',
    });
    const restored = await get(`${app.webhook}/api/v1/state/${sessionId}/restore`);
    expect([restored.status, restored.body.outcome]).toEqual([200, 'fallback']);
    expect(await redis.dumpBuffer(key)).toEqual(before);
  });

  test('goes on with the next update, which overwrites nothing', async () => {
    const { sessionId, key, frames } = await sessionOf(1);
    await flipBit(key, frames[0] ?? '', 30 * 8 + 40);
    const damaged = await redis.hgetBuffer(key, frames[0] ?? '');
    await update({ sessionId, variables: { back: true }, timestamp: 1_718_445_700 });
    expect(await restore({ sessionId })).toMatchObject({
      outcome: 'recovered',
      variables: { back: true },
      revision: 2,
    });
    expect(await redis.hgetBuffer(key, frames[0] ?? '')).toEqual(damaged);
  });
});

test('a frame copied from another session is not taken for this one’s', async () => {
  const [mine, theirs] = [await sessionOf(1), await sessionOf(1)];
  const value = (await redis.hgetBuffer(theirs.key, theirs.frames[0] ?? '')) as Buffer;
  await redis.hset(mine.key, mine.frames[0] ?? '', value);
  expect(await restore({ sessionId: mine.sessionId })).toMatchObject({ outcome: 'fallback' });
  const { body } = await get(`${app.webhook}/api/v1/state/${mine.sessionId}`);
  expect(body.frames[0].verdict).toBe('wrong_session');
});

test('compaction leaves a damaged frame where it is and folds the rest', async () => {
  const { sessionId, key, frames } = await sessionOf(3);
  const [damaged = ''] = frames;
  await flipBit(key, damaged, 30 * 8 + 40);
  // Enough to cross the threshold of a compaction.
  await update({ sessionId, variables: { filler: 'x'.repeat(5000) }, timestamp: 1_718_445_650 });
  await expect.poll(() => redis.hexists(key, frames[1] ?? '')).toBe(0);
  expect(await redis.hexists(key, damaged)).toBe(1);
  const { outcome, variables } = await restore({ sessionId });
  expect([outcome, variables.v1, variables.v2, variables.v0]).toEqual(['recovered', 1, 2, undefined]);
});
