// What the service makes Redis do, held to budgets.ts.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { messagesOf, saveBody } from '../../bench/conversation/turns.ts';
import { SESSION_MARK } from '../../bench/example-update.ts';
import type { SessionStore } from '../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { keys, openStore, standaloneTarget } from '../support/redis-store.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';
import { commandsRun } from '../support/sent-commands.ts';
import { commandOf, createTestService, receiptNow } from '../support/test-service.ts';
import { type Budget, overBudget, REDIS_WORK } from './budgets.ts';

const SAVE_BYTES = 1000;
const DAY_MS = 86_400_000;
/** On a machine that stalls, nothing is sent again. */
const PATIENCE_MS = 30_000;
const SESSIONS = ['warm-up', 'one', 'talking'];
const KEYS = SESSIONS.flatMap((id) => [keys.session(id), keys.user(`user-of-${id}`)]);

/** How many of these run depends on whether two updates are received in one millisecond. */
const OF_EXPIRY = ['pexpireat', 'pexpiretime'];

let redis: RedisServer;
let app: RunningApp;
let store: SessionStore;

beforeAll(async () => {
  redis = await startRedisServer();
  app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${redis.port}`,
    STORE_COMMAND_TIMEOUT_MS: `${PATIENCE_MS}`,
    REQUEST_DEADLINE_MS: `${PATIENCE_MS}`,
  });
  store = await openStore(standaloneTarget(redis), { commandTimeoutMs: PATIENCE_MS });
  // A script is sent whole once.
  await save('warm-up', 0);
  await restore({ userId: 'user-of-warm-up' });
});
afterAll(async () => {
  await store?.close();
  await app?.stop();
  await redis?.stop();
});

async function save(sessionId: string, turn: number): Promise<void> {
  const body = JSON.parse(bodyOf(sessionId, turn));
  const answer = await post(`${app.webhook}/webhook/cognigy/session`, body);
  expect(answer).toMatchObject({ status: 200 });
}

async function restore(query: { sessionId: string } | { userId: string }): Promise<void> {
  const answer = await post(`${app.webhook}/webhook/cognigy/restore`, query);
  expect(answer).toMatchObject({ status: 200, body: { found: true } });
}

function bodyOf(sessionId: string, turn: number): string {
  return JSON.stringify(saveBody(turn, SAVE_BYTES)).replaceAll(SESSION_MARK, sessionId);
}

async function countedDuring(work: () => Promise<unknown>): Promise<Budget> {
  const { sent, byScripts } = await commandsRun([redis], { keys: KEYS, work });
  const counted = byScripts.filter((name) => !OF_EXPIRY.includes(name));
  return { 'round trips': sent.length, 'commands in scripts': counted.length };
}

test.each([
  ['the first save of a session with a user', () => save('one', 0)],
  ['a further save', () => save('one', 1)],
  ['a restore by session', () => restore({ sessionId: 'one' })],
  ['a restore by user', () => restore({ userId: 'user-of-one' })],
] as const)('%s makes Redis do no more than its budget allows', async (what, work) => {
  expect(overBudget(what, await countedDuring(work), REDIS_WORK[what])).toEqual([]);
});

test('a conversation makes Redis do no more than its budget allows', async () => {
  const what = 'a conversation of 20 saves and 2 restores, with its compactions';
  const service = createTestService(store, {
    settings: { sessionTtlMs: DAY_MS },
    patience: { requestDeadlineMs: PATIENCE_MS },
  });
  const messages = messagesOf({ saves: 20, saveBytes: SAVE_BYTES, restores: 2 });
  const talk = async () => {
    for (const { body } of messages) {
      const sent = JSON.parse(Buffer.from(body).toString().replaceAll(SESSION_MARK, 'talking'));
      if (sent.variables) await service.persist(commandOf(postedFrom(sent)));
      else await service.restore({ receipt: receiptNow(), userId: '', revision: 0, ...sent });
      // A compaction is done before the next turn, as between people who write every few seconds.
      await service.compactor.idle();
    }
  };
  const counts = await countedDuring(talk);
  const fields = Object.entries(await redis.client.hgetallBuffer(keys.session('talking')));
  const left = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const all = { ...counts, 'bytes that are left in Redis': left };
  expect(overBudget(what, all, REDIS_WORK[what])).toEqual([]);
});

test('what grew is named, and nothing is left uncounted', () => {
  const budget = { 'round trips': 1, bytes: 100 };
  expect(overBudget('a save', { 'round trips': 2, bytes: 100 }, budget)).toEqual([
    'a save: round trips grew from 1 to 2',
  ]);
  expect(() => overBudget('a save', { 'round trips': 1 }, budget)).toThrow('the budget has');
});

function postedFrom({ execution, variables, context, ...rest }: ReturnType<typeof saveBody>) {
  return {
    ...{ ...rest, timestamp: String(rest.timestamp), sequence: BigInt(execution) },
    ...{ variables: entriesOf(variables), context: entriesOf(context) },
  };
}

function entriesOf(object: object) {
  return Object.entries(object).map(([key, value]) => ({ key, json: JSON.stringify(value) }));
}
