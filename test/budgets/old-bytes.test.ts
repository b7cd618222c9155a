// What requests leave behind among V8's old objects, held to budgets.ts. An old object that is no
// longer used still keeps young ones, and these become old with it; so a list of requests whose
// parts are linked keeps every later request until the next full collection.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveBody } from '../../bench/conversation/turns.ts';
import { SESSION_MARK } from '../../bench/example-update.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { post } from '../support/running-app.ts';
import { OLD_BYTES, overBudget } from './budgets.ts';
import type { Asked, Counted } from './counted-app.ts';

const SAVE_BYTES = 1000;
/** Lazy functions are compiled, and caches are filled. */
const WARM_UP_ROUNDS = 20;
const ROUNDS = 30;
const TOGETHER = 16;
const TIMEOUT_MS = 300_000;
const FLAGS = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug', '--single-threaded'];

let redis: RedisServer;
let app: ChildProcess;
let webhook: string;

beforeAll(async () => {
  redis = await startRedisServer();
  app = fork(join(import.meta.dirname, 'counted-app.ts'), {
    execArgv: FLAGS,
    env: { ...process.env, STORE_URL: `redis://127.0.0.1:${redis.port}` },
  });
  [{ webhook }] = await once(app, 'message');
});
afterAll(async () => {
  app?.kill('SIGKILL');
  await redis?.stop();
});

async function save(session: number): Promise<void> {
  const text = JSON.stringify(saveBody(0, SAVE_BYTES));
  const body = text.replaceAll(SESSION_MARK, `session-${String(session).padStart(8, '0')}`);
  const answer = await post(`${webhook}/webhook/cognigy/session`, body);
  expect(answer.status).toBe(200);
}

async function restore(session: number): Promise<void> {
  const body = { sessionId: `session-${String(session).padStart(8, '0')}` };
  const answer = await post(`${webhook}/webhook/cognigy/restore`, body);
  expect(answer).toMatchObject({ status: 200, body: { found: true } });
}

async function oldBytesAfter(asked: Asked): Promise<number> {
  app.send(asked);
  const [{ oldBytes }] = (await once(app, 'message')) as [Counted];
  return oldBytes;
}

/** The same sessions in every round: what is remembered of a session is not counted. */
async function repeat(work: (session: number) => Promise<void>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: TOGETHER }, (_, session) => work(session)));
    await oldBytesAfter('collect young');
  }
}

test.each([
  ['a save of 1 kB', save],
  ['a restore of 1 kB', restore],
] as const)(
  '%s leaves no more old objects than its budget allows',
  { timeout: TIMEOUT_MS },
  async (what, work) => {
    await repeat(work, WARM_UP_ROUNDS);
    const before = await oldBytesAfter('collect all');
    await repeat(work, ROUNDS);
    const left = (await oldBytesAfter('collect young')) - before;
    const bytes = { 'bytes of old objects': Math.round(left / (ROUNDS * TOGETHER)) };
    expect(overBudget(what, bytes, OLD_BYTES[what])).toEqual([]);
  },
);
