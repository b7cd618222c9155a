// Steps of sweeping one set, whose answers are lost, or whose lease is taken in between.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from '../../../../src/store/end-events.ts';
import { createLatestEntries } from '../../../../src/store/latest-entries.ts';
import { openConnection } from '../../../../src/store/redis/connection/connection.ts';
import { memberOf } from '../../../../src/store/redis/ends/due-ends.ts';
import { createSweptSet } from '../../../../src/store/redis/ends/sweep-set.ts';
import { createRunScripts, type RunScripts } from '../../../../src/store/redis/run-scripts.ts';
import { StoreUnavailable } from '../../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { keys, standaloneTarget, storeOptions } from '../../../support/redis-store.ts';
import { waitFor } from '../../../support/wait-for.ts';

const LEASE_MS = 60_000;
const SET = keys.ends(3);

let server: RedisServer;
let connection: ReturnType<typeof openConnection>;
let run: RunScripts;
let ended: Ended[];

beforeAll(async () => {
  server = await startRedisServer();
  connection = openConnection(storeOptions(standaloneTarget(server)));
  const nowMonotonicMs = () => performance.now();
  run = createRunScripts({ connection, commandTimeoutMs: 1000, nowMonotonicMs });
  await waitFor(() => connection.ping());
});
beforeEach(async () => {
  ended = [];
  await server.client.flushall();
});
afterAll(async () => {
  connection?.close();
  await server?.stop();
});

const memberOfNew = (sessionId: string = randomUUID()) =>
  memberOf({ kind: 'session', detail: 'a1', sessionId });
const due = (members: string[]) =>
  server.client.zadd(SET, ...members.flatMap((member) => [Date.now() - 1000, member]));
const left = () => server.client.zrange(SET, '(0', '+inf', 'BYSCORE');

/** A set, swept by one process. Answers to `operation` are lost as often as `times` says. */
function sweptSet(lost?: { operation: string; times: number; before?: () => Promise<unknown> }) {
  const write: RunScripts['write'] = async (asked) => {
    if (asked.operation === lost?.operation) await lost.before?.();
    const reply = await run.write(asked);
    if (asked.operation !== lost?.operation || lost.times === 0) return reply;
    lost.times -= 1;
    throw new StoreUnavailable(asked.operation, { reason: 'its answer was lost' });
  };
  return createSweptSet({
    ...{ run: { write, read: run.read }, leaseMs: LEASE_MS, setKey: SET, note: () => {} },
    sessionKeyOf: keys.session,
    reported: createLatestEntries<true>(5000),
    onEnded: (end) => ended.push(end),
  });
}

/** Takes the lease away, as if it had lapsed. */
async function takeLease(): Promise<void> {
  const [lease = ''] = await server.client.zrange(SET, '-inf', '(0', 'BYSCORE');
  await server.client.zrem(SET, lease);
  await server.client.zadd(SET, -(Date.now() + LEASE_MS), 'lease of-another');
}

test('a step reports what is due, and says when the next is', async () => {
  const set = sweptSet();
  expect(await set.step()).toEqual({ status: 'empty' });
  await due([memberOfNew('one'), memberOfNew('two')]);
  await server.client.zadd(SET, Date.now() + 5000, memberOfNew());
  const step = await set.step();
  expect(step).toMatchObject({ status: 'held' });
  expect('nextInMs' in step && Math.abs(step.nextInMs - 5000)).toBeLessThan(1000);
  expect(ended.map(({ sessionId }) => sessionId).sort()).toEqual(['one', 'two']);
  expect(await left()).toHaveLength(1);
});

test('it handles 100 at once, and the others with the next one', async () => {
  await due(Array.from({ length: 130 }, () => memberOfNew()));
  const set = sweptSet();
  expect(await set.step()).toEqual({ status: 'held', nextInMs: 0 });
  expect(ended).toHaveLength(100);
  await set.step();
  expect(ended).toHaveLength(130);
  expect(await set.step()).toEqual({ status: 'empty' });
  expect(await server.client.exists(SET)).toBe(0);
});

test('what another process sweeps is left to it', async () => {
  await due([memberOfNew()]);
  const [first, second] = [sweptSet(), sweptSet()];
  await server.client.zadd(SET, Date.now() + 5000, memberOfNew());
  await first.step();
  const step = await second.step();
  expect(step.status).toBe('busy');
  expect('remainingMs' in step && step.remainingMs).toBeGreaterThan(LEASE_MS / 2);
  expect(ended).toHaveLength(1);
});

test('a lease is written once as long as most of it is left', async () => {
  await server.client.zadd(SET, Date.now() + 5000, memberOfNew());
  const set = sweptSet();
  await set.step();
  const lease = () => server.client.zrange(SET, '-inf', '(0', 'BYSCORE', 'WITHSCORES');
  const taken = await lease();
  await set.step();
  expect(await lease()).toEqual(taken);
  await server.client.zadd(SET, -(Date.now() + LEASE_MS / 3), set.leaseMember);
  await set.step();
  expect(-Number((await lease())[1]) - Date.now()).toBeGreaterThan(LEASE_MS / 2);
});

describe('where the answer to a removal is lost', () => {
  test('its ends are reported once, with the next step', async () => {
    await due([memberOfNew('one')]);
    const set = sweptSet({ operation: 'settleEnds', times: 2 });
    await expect(set.step()).rejects.toThrow(StoreUnavailable);
    await expect(set.step()).rejects.toThrow(StoreUnavailable);
    expect([ended, await left()]).toEqual([[], []]);
    await due([memberOfNew('two')]);
    await set.step();
    expect(ended.map(({ sessionId }) => sessionId)).toEqual(['one', 'two']);
  });

  test('and the lease is, too, they are reported by no second process', async () => {
    await due([memberOfNew('one')]);
    const set = sweptSet({ operation: 'settleEnds', times: 1 });
    await expect(set.step()).rejects.toThrow(StoreUnavailable);
    await server.client.zadd(SET, -(Date.now() + LEASE_MS), 'lease of-another');
    await server.client.zrem(SET, set.leaseMember);
    expect((await set.step()).status).toBe('busy');
    expect(ended).toEqual([]);
  });
});

test('what was read under a lease that is lost before the removal stays for its holder', async () => {
  await due([memberOfNew('one')]);
  await sweptSet({ operation: 'settleEnds', times: 0, before: takeLease }).step();
  expect(ended).toEqual([]);
  expect(await left()).toHaveLength(1);
});

test('what an erase removes meanwhile is not reported', async () => {
  const member = memberOfNew('one');
  await due([member]);
  const before = () => server.client.zrem(SET, member);
  await sweptSet({ operation: 'settleEnds', times: 0, before }).step();
  expect(ended).toEqual([]);
});

test('an end that only a later version knows stays, and holds up no other', async () => {
  await due(['x of a later version', memberOfNew('one')]);
  const set = sweptSet();
  await set.step();
  expect(ended.map(({ sessionId }) => sessionId)).toEqual(['one']);
  expect(await left()).toEqual(['x of a later version']);
  expect(await server.client.zscore(SET, 'x of a later version')).not.toBeNull();
});
