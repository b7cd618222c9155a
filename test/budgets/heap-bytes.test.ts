// What the service allocates for a request, held to budgets.ts.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveBody } from '../../bench/conversation/turns.ts';
import { SESSION_MARK } from '../../bench/example-update.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { post } from '../support/running-app.ts';
import { HEAP_BYTES, overBudget } from './budgets.ts';
import type { Counted } from './counted-app.ts';

const SAVE_BYTES = 1000;
/** Lazy functions are compiled, and caches are filled. */
const WARM_UP_REQUESTS = 100;
const REQUESTS = 40;
/** The least is taken: work in the background only adds. */
const BATCHES = 5;
/** Bounds what is broken, not what is slow: the machine may be busy. */
const TIMEOUT_MS = 300_000;
const NOTHING_OPTIMIZED = ['--no-opt', '--no-maglev', '--no-sparkplug', '--single-threaded'];

let redis: RedisServer;
let app: ChildProcess;
let webhook: string;
let saves = 0;

beforeAll(async () => {
  redis = await startRedisServer();
  app = fork(join(import.meta.dirname, 'counted-app.ts'), {
    execArgv: NOTHING_OPTIMIZED,
    env: { ...process.env, STORE_URL: `redis://127.0.0.1:${redis.port}` },
  });
  [{ webhook }] = await once(app, 'message');
});
afterAll(async () => {
  app?.kill('SIGKILL');
  await redis?.stop();
});

/** Each save begins a session. */
async function save(): Promise<void> {
  const text = JSON.stringify(saveBody(0, SAVE_BYTES));
  const body = text.replaceAll(SESSION_MARK, `session-${String(saves++).padStart(8, '0')}`);
  const answer = await post(`${webhook}/webhook/cognigy/session`, body);
  expect(answer.status).toBe(200);
}

async function restore(): Promise<void> {
  const body = { sessionId: 'session-00000000' };
  const answer = await post(`${webhook}/webhook/cognigy/restore`, body);
  expect(answer).toMatchObject({ status: 200, body: { found: true } });
}

async function allocatedBytes(): Promise<number> {
  app.send('count');
  const [{ bytes }] = (await once(app, 'message')) as [Counted];
  return bytes;
}

async function repeat(work: () => Promise<void>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await work();
}

test.each([
  ['a save of 1 kB', save],
  ['a restore of 1 kB', restore],
] as const)(
  '%s allocates no more than its budget allows',
  { timeout: TIMEOUT_MS },
  async (what, work) => {
    await repeat(work, WARM_UP_REQUESTS);
    const counts: number[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      const before = await allocatedBytes();
      await repeat(work, REQUESTS);
      counts.push(((await allocatedBytes()) - before) / REQUESTS);
    }
    const bytes = { 'bytes of heap': Math.round(Math.min(...counts)) };
    expect(overBudget(what, bytes, HEAP_BYTES[what])).toEqual([]);
  },
);
