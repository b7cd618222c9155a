// Processes that sweep the ends of sessions, and are killed or frozen while they hold the leases.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { END_SETS } from '../../../../src/store/redis/ends/due-ends.ts';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { appendOf, keys, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { waitFor } from '../../../support/wait-for.ts';

const SWEEPER = new URL('sweeper.ts', import.meta.url).pathname;
const SESSIONS = 60;

let server: RedisServer;
/** Notes ends, and sweeps none. */
let store: SessionStore;
let reported: string[];
const sweepers: ChildProcessByStdio<null, Readable, null>[] = [];

beforeAll(async () => {
  server = await startRedisServer();
  store = await openStore(standaloneTarget(server), { ends: { isSwept: false } });
});
beforeEach(() => {
  reported = [];
});
afterEach(() => {
  for (const sweeper of sweepers.splice(0)) sweeper.kill('SIGKILL');
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

function startSweeper() {
  const sweeper = spawn(process.execPath, [SWEEPER, `${server.port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  sweepers.push(sweeper);
  createInterface(sweeper.stdout).on('line', (line) => reported.push(line));
  return sweeper;
}

/** Begins sessions that live for so long; answers their ids. */
async function begin(ttlMs: number): Promise<string[]> {
  const sessionIds = Array.from({ length: SESSIONS }, () => randomUUID());
  const noted = sessionIds.map(async (sessionId) => {
    const appended = await store.append(appendOf({ sessionId, ttlMs }));
    const incarnation = appended.status === 'stored' ? appended.incarnation : '';
    return store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs: performance.now() + ttlMs });
  });
  expect(new Set(await Promise.all(noted))).toEqual(new Set([true]));
  return sessionIds;
}

async function leases(): Promise<number> {
  const each = Array.from({ length: END_SETS }, (_, set) =>
    server.client.zcount(keys.ends(set), '-inf', '(0'),
  );
  return (await Promise.all(each)).reduce((sum, count) => sum + count, 0);
}

const untilReported = (sessionIds: string[]) =>
  waitFor(() => expect(reported.toSorted()).toEqual(sessionIds.toSorted()));

test('what a killed process had not reported, another does, once', async () => {
  const dying = startSweeper();
  const sooner = await begin(400);
  await untilReported(sooner);
  const later = await begin(2500);
  await waitFor(async () => expect(await leases()).toBeGreaterThan(10));
  dying.kill('SIGKILL');
  startSweeper();
  startSweeper();
  await untilReported([...sooner, ...later]);
});

test('a process that was frozen under its leases reports nothing again', async () => {
  const frozen = startSweeper();
  const first = await begin(400);
  await untilReported(first);
  const second = await begin(2000);
  await waitFor(async () => expect(await leases()).toBeGreaterThan(10));
  frozen.kill('SIGSTOP');
  const other = startSweeper();
  await untilReported([...first, ...second]);
  frozen.kill('SIGCONT');
  const third = await begin(400);
  await untilReported([...first, ...second, ...third]);
  other.kill('SIGKILL');
  const fourth = await begin(400);
  await untilReported([...first, ...second, ...third, ...fourth]);
});
