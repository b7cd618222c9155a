// Bytes that went bad in Redis: what is found, what is recovered, what a flow and a developer are
// told.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { keys } from '../support/redis-store.ts';
import { get, post, type RunningApp, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

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
const restore = async (body: object) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

let sessions = 0;

/** A session with one update per second, each setting its own variable and a common one. */
async function sessionOf(
  updates: number,
): Promise<{ sessionId: string; key: string; frames: string[] }> {
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

/** What lies in quarantine of a session, once the service has seen to it. */
async function quarantined(key: string, name: string): Promise<Buffer> {
  return until(
    'the quarantine',
    async () => (await redis.hgetBuffer(key, `quarantine:${name}`)) ?? undefined,
  );
}

async function flipBit(key: string, field: string, bit: number): Promise<void> {
  const value = (await redis.hgetBuffer(key, field)) as Buffer;
  value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  await redis.hset(key, field, value);
}

describe('a flipped bit', () => {
  test('anywhere in a frame costs that frame alone, and an inspection says which', async () => {
    const { sessionId, key, frames } = await sessionOf(3);
    const [, middle = ''] = frames;
    const value = (await redis.hgetBuffer(key, middle)) as Buffer;
    const head = 30;
    for (let byte = head; byte < value.length; byte += 7) {
      await redis.hset(key, middle, value);
      await redis.hdel(key, `quarantine:${middle}`);
      const bit = byte * 8 + (byte % 8);
      await flipBit(key, middle, bit);
      const damaged = await redis.hgetBuffer(key, middle);
      expect(await restore({ sessionId }), `bit ${bit}`).toMatchObject({
        found: true,
        outcome: 'recovered',
        variables: { v0: 0, v2: 2, last: 2 },
      });
      // Behind the answer it is moved out of the way, byte by byte.
      const evidence = await quarantined(key, middle);
      expect(evidence.subarray(30).equals(damaged as Buffer), `bit ${bit}`).toBe(true);
      expect(await redis.hexists(key, middle)).toBe(0);
    }
    const { body } = await get(`${app.webhook}/api/v1/state/${sessionId}?raw=true`);
    expect(body.outcome).toBe('recovered');
    expect(new Set(body.frames.map(({ verdict }: { verdict: string }) => verdict))).toEqual(
      new Set(['sound']),
    );
    expect(body.quarantine).toMatchObject([{ name: middle, verdict: 'bad_digest' }]);
    expect(Buffer.from(body.quarantine[0].raw, 'base64').length).toBe(value.length - head);
  });

  test('is counted and logged, and its update can be stored anew by a repetition', async () => {
    const sessionId = `corruption-${process.pid}-repeated`;
    const body = { sessionId, updateId: 'once', variables: { paid: true } };
    await update(body);
    await update({ sessionId, variables: { other: 1 } });
    const key = keys.session(sessionId);
    const failures = () =>
      app.metric('cognigy_session_checksum_failures_total{verdict="bad_digest"}');
    const before = await failures();
    const inspected = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    const mine = inspected.body.frames.find(
      ({ variables }: { variables: string[] }) => variables[0] === 'paid',
    );
    await flipBit(key, mine.name, 50 * 8);
    await restore({ sessionId });
    expect(await failures()).toBe(before + 1);
    await quarantined(key, mine.name);
    expect((await update(body)).body).toMatchObject({
      status: 'accepted',
      revision: 3,
      known: false,
    });
    expect(await restore({ sessionId })).toMatchObject({
      outcome: 'recovered',
      variables: { paid: true, other: 1 },
    });
    expect(app.logged.some(({ message }) => message === 'a stored frame could not be used')).toBe(
      true,
    );
  });
});

describe('a session without a sound frame', () => {
  test('falls back as long as its frames lie in quarantine: 200 for a flow, 500 for a developer', async () => {
    const { sessionId, key, frames } = await sessionOf(2);
    for (const frame of frames) await flipBit(key, frame, 30 * 8 + 40);
    const fallback = {
      found: true,
      sessionId,
      flowId: 'checkout',
      outcome: 'fallback',
      variables: {},
      context: { fallback: 'true', corruptionDetected: 'true' },
      history: [],
    };
    expect(await restore({ sessionId })).toMatchObject(fallback);
    for (const frame of frames) await quarantined(key, frame);
    expect(await restore({ sessionId })).toMatchObject(fallback);
    const inspected = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect(inspected.status).toBe(500);
    expect(inspected.body).toMatchObject({
      error: 'State corruption detected',
      action: 'Fallback state returned',
      sessionId,
      code: 'data_loss',
      reason: 'damaged',
      details: [],
      quarantine: [{ verdict: 'bad_digest' }, { verdict: 'bad_digest' }],
    });
    expect(await app.metric('cognigy_session_errors_total{error_type="damaged"}')).toBe(1);
    const restored = await get(`${app.webhook}/api/v1/state/${sessionId}/restore`);
    expect([restored.status, restored.body.outcome]).toEqual([200, 'fallback']);
    // The fallback was answered three times and never stored.
    expect((await redis.hkeys(key)).filter((name) => name.length === 22)).toEqual([]);
  });

  test('goes on with the next update, which overwrites nothing', async () => {
    const { sessionId, key, frames } = await sessionOf(1);
    const [name = ''] = frames;
    await flipBit(key, name, 30 * 8 + 40);
    const damaged = (await redis.hgetBuffer(key, name)) as Buffer;
    await update({ sessionId, variables: { back: true }, timestamp: 1_718_445_700 });
    expect(await restore({ sessionId })).toMatchObject({
      outcome: 'recovered',
      variables: { back: true },
      revision: 2,
    });
    expect((await quarantined(key, name)).subarray(30).equals(damaged)).toBe(true);
  });
});

test('a frame copied from another session is not taken for this one’s', async () => {
  const [mine, theirs] = [await sessionOf(1), await sessionOf(1)];
  const value = (await redis.hgetBuffer(theirs.key, theirs.frames[0] ?? '')) as Buffer;
  await redis.hset(mine.key, mine.frames[0] ?? '', value);
  expect(await restore({ sessionId: mine.sessionId })).toMatchObject({ outcome: 'fallback' });
  await quarantined(mine.key, mine.frames[0] ?? '');
  const { body } = await get(`${app.webhook}/api/v1/state/${mine.sessionId}`);
  expect(body.quarantine).toMatchObject([{ verdict: 'wrong_session' }]);
});

test('compaction takes a damaged frame out and folds the rest', async () => {
  const { sessionId, key, frames } = await sessionOf(3);
  const [damaged = ''] = frames;
  await flipBit(key, damaged, 30 * 8 + 40);
  // Enough to cross the threshold of a compaction.
  await update({ sessionId, variables: { filler: 'x'.repeat(17_000) }, timestamp: 1_718_445_650 });
  await until(
    'the compaction',
    async () => (await redis.hexists(key, frames[1] ?? '')) === 0 || undefined,
  );
  await quarantined(key, damaged);
  const { outcome, variables } = await restore({ sessionId });
  expect([outcome, variables.v1, variables.v2, variables.v0]).toEqual([
    'recovered',
    1,
    2,
    undefined,
  ]);
});
