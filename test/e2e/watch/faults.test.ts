// Watch through what loses messages: a slot that moves, a master that dies or hangs, a sidecar that
// ends.

import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotToMigrate } from '../../support/migrating-slot.ts';
import { startReadyApp, startReadyApps, stopApps } from '../../support/ready-apps.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { keys } from '../../support/redis-store.ts';
import { post, type RunningApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';
import { sessionOf, type Watched, watchBy } from './watch-client.ts';

let cluster: RedisCluster;
let apps: RunningApp[];
const settings = () => ({
  STORE_URL: `redis+cluster://${cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
  REQUEST_DEADLINE_MS: '8000',
  STORE_COMMAND_TIMEOUT_MS: '500',
});

beforeAll(async () => {
  cluster = await startRedisCluster();
  apps = await startReadyApps(2, settings());
});
afterAll(async () => {
  await stopApps(apps);
  await cluster?.stop();
});

const app = (place: number) => apps[place] as RunningApp;

/** Saves the next turn of a session through the first sidecar; answers its revision. */
async function save(sessionId: string, turn: number): Promise<number> {
  const variables = { [`turn${turn}`]: turn };
  const { status: http, body } = await post(`${app(0).webhook}/webhook/cognigy/session`, {
    ...{ sessionId, variables, updateId: `${sessionId}-${turn}` },
  });
  expect(http).toBe(200);
  return body.revision;
}

async function untilSeen(watched: Watched, revision: number): Promise<void> {
  await until(`revision ${revision}`, () =>
    watched.position().revision >= revision ? true : undefined,
  );
}

/** Every update once at least, in order; a reset may be in the place of some. */
function expectAllSeen(watched: Watched, last: number): void {
  let seen = 0;
  for (const { event } of watched.events) {
    if (event.case === 'reset') seen = Math.max(seen, event.value.revision);
    if (event.case !== 'update') continue;
    expect(event.value.revision).toBeLessThanOrEqual(seen + 1);
    seen = Math.max(seen, event.value.revision);
  }
  expect(seen).toBe(last);
}

test('a slot that moves to another master hides no update', async () => {
  const migrating = await slotToMigrate(cluster, `watched-${randomUUID()}`);
  const [sessionId, created] = [migrating.nextId(), migrating.nextId()];
  await save(sessionId, 1);
  const watched = watchBy(app(1), sessionOf(sessionId));
  await watched.next('reset');
  await save(sessionId, 2);
  await untilSeen(watched, 2);
  const createdWatch = watchBy(app(1), sessionOf(created));
  await createdWatch.next('reset');
  await migrating.begin();
  await save(sessionId, 3);
  await untilSeen(watched, 3);
  await migrating.move(keys.session(sessionId));
  await save(sessionId, 4);
  await untilSeen(watched, 4);
  // A session that begins meanwhile begins at the new master.
  await save(created, 1);
  await untilSeen(createdWatch, 1);
  await migrating.end();
  await save(sessionId, 5);
  await untilSeen(watched, 5);
  // On the new master changes are reported again.
  const pushed = () => app(1).metric('cognigy_session_watch_reads_total{kind="pushed"}');
  let turn = 5;
  const before = await pushed();
  await until('a report of the new master', async () => {
    await save(sessionId, ++turn);
    await untilSeen(watched, turn);
    return (await pushed()) > before ? true : undefined;
  });
  expect(watched.revisions()).toEqual(Array.from({ length: turn - 1 }, (_, place) => place + 2));
  expect(watched.events.filter(({ event }) => event.case === 'reset')).toHaveLength(1);
});

test.each([
  ['dies', (master: { kill(): Promise<void> }) => master.kill()],
  ['hangs', async (master: { pause(): void }) => master.pause()],
])('a master that %s hides no update', async (_what, fail) => {
  const shard = cluster.shards[_what === 'dies' ? 0 : 1];
  if (!shard) throw new Error('no shard');
  let sessionId = '';
  for (let nth = 0; sessionId === ''; nth++) {
    const candidate = `failover-${_what}-${nth}`;
    if ((await cluster.shardOf(keys.session(candidate))) === shard) sessionId = candidate;
  }
  await save(sessionId, 1);
  const watched = watchBy(app(1), sessionOf(sessionId));
  await watched.next('reset');
  await save(sessionId, 2);
  await untilSeen(watched, 2);
  await shard.master.client.wait(1, 2000);
  await fail(shard.master);
  let last = 0;
  for (let turn = 3; turn <= 12; turn++) last = await save(sessionId, turn);
  await untilSeen(watched, last);
  expectAllSeen(watched, last);
  const next = await save(sessionId, 13);
  await untilSeen(watched, next);
});

test('a sidecar that ends says so, and another one continues from the position', async () => {
  const sessionId = randomUUID();
  await save(sessionId, 1);
  const ending = await startReadyApp(settings());
  const watched = watchBy(ending, sessionOf(sessionId));
  await watched.next('reset');
  await save(sessionId, 2);
  await untilSeen(watched, 2);
  const stopped = ending.stop();
  const error = await watched.ended;
  expect(error.code).toBe(status.UNAVAILABLE);
  expect(error.details).toContain('resume_from');
  await save(sessionId, 3);
  await stopped;
  const resumeFrom = [watched.position()];
  const resumed = watchBy(app(1), { ...sessionOf(sessionId), resumeFrom });
  await save(sessionId, 4);
  await untilSeen(resumed, 4);
  expect(resumed.events.map(({ event }) => event.case)).toEqual(['update', 'update']);
});
