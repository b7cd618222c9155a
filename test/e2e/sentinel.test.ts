// The service on a master that sentinels watch: it dies, hangs, and is replaced on purpose, with
// callers who go on.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReadyApp } from '../support/ready-apps.ts';
import {
  type RedisSentinels,
  startRedisSentinels,
  untilReplicated,
} from '../support/redis-sentinel.ts';
import {
  get,
  type JsonAnswer,
  post,
  type RunningApp,
  startTestApp,
} from '../support/running-app.ts';
import { until } from '../support/until.ts';

const DEADLINE_MS = 8000;

let group: RedisSentinels;
let app: RunningApp;
beforeAll(async () => {
  group = await startRedisSentinels({
    password: 'of-the-data',
    sentinelPassword: 'of-the-sentinels',
  });
  app = await startReadyApp({
    STORE_URL: group.url,
    STORE_PASSWORD: 'of-the-data',
    STORE_SENTINEL_PASSWORD: 'of-the-sentinels',
    REQUEST_DEADLINE_MS: String(DEADLINE_MS),
    STORE_COMMAND_TIMEOUT_MS: '400',
  });
});
afterAll(async () => {
  await app?.stop();
  await group?.stop();
});

const update = (sessionId: string, turn: number) =>
  post(`${app.webhook}/webhook/cognigy/session`, {
    sessionId,
    variables: { [`turn${turn}`]: turn },
  });

async function restored(sessionId: string) {
  return (await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId })).body;
}

type Answered = JsonAnswer & { turn: number; tookMs: number };

/** Updates a session, one turn after the other, while `work` goes on; the first ten turns are
 * done before. */
async function updatingDuring(
  sessionId: string,
  work: () => Promise<unknown>,
): Promise<Answered[]> {
  const answers: Answered[] = [];
  const next = async () => {
    const turn = answers.length;
    const startedMs = performance.now();
    const answer = await update(sessionId, turn);
    answers.push({ ...answer, turn, tookMs: performance.now() - startedMs });
  };
  while (answers.length < 10) await next();
  let over = false;
  const working = work().finally(() => {
    over = true;
  });
  while (!over) await next();
  await working;
  for (let more = 0; more < 10; more++) await next();
  return answers;
}

describe('a master that', () => {
  test.each([
    ['dies', async () => (await group.master()).kill()],
    ['hangs', async () => (await group.master()).pause()],
    [
      'is replaced on purpose',
      async () => {
        const answer = await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
        expect(answer).toBe('OK');
      },
    ],
  ])(
    '%s is ridden out within the deadline, and what was acknowledged is there',
    async (how, fail) => {
      const sessionId = `session ${how}`;
      const before = await group.master();
      const answers = await updatingDuring(sessionId, async () => {
        await untilReplicated(before);
        await fail();
        await group.untilReplaced(before);
      });
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      for (const { tookMs } of answers) expect(tookMs).toBeLessThan(DEADLINE_MS + 500);
      const { variables, outcome } = await restored(sessionId);
      expect(outcome).toBe('intact');
      expect(variables).toMatchObject(
        Object.fromEntries(answers.map(({ turn }) => [`turn${turn}`, turn])),
      );
      before.resume();
      if (how === 'dies') await before.start();
      await group.untilWhole();
    },
  );

  test('nobody can replace is a 503 within the deadline, with the reason in /readyz', async () => {
    const strict = await startTestApp({
      STORE_URL: group.url,
      STORE_PASSWORD: 'of-the-data',
      STORE_SENTINEL_PASSWORD: 'of-the-sentinels',
      REQUEST_DEADLINE_MS: '1000',
      STORE_COMMAND_TIMEOUT_MS: '400',
    });
    const { port } = await group.master();
    await Promise.all([...group.servers, ...group.sentinels].map((server) => server.kill()));
    const startedMs = performance.now();
    const refused = await post(`${strict.webhook}/webhook/cognigy/session`, { sessionId: 's' });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect(refused.headers.get('retry-after')).toBe('1');
    const reasons = [`127.0.0.1:${port}: connect ECONNREFUSED`, '(sentinel for mymaster)'];
    await until('the reasons', async () => {
      const { body } = await get(`${strict.admin}/readyz`);
      return reasons.every((reason) => body.checks[0].reason?.includes(reason)) || undefined;
    });
    await strict.stop();
  });
});
