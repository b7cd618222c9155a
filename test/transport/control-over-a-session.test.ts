// Locks, etags, erases and earlier revisions through real sockets, on the real service: an internal
// service calls by gRPC, a flow and a developer by the webhook, and each sees what the other does.

import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { get, post, RPC_TOKEN, type RunningApp, startTestApp } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';
import { call, connectTo, errorOf, refusalInfoOf } from './rpc/grpc-js-client.ts';
import { send } from './webhook/webhook-server.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ LOCK_WAIT_MS: '0', RPC_TOKEN });
});
afterAll(() => app.stop());

const { persist, lock, unlock, erase, eraseUser, inspect } = SessionService.method;
const save = (body: object) => post(`${app.webhook}/webhook/cognigy/session`, body);
const connect = () => connectTo(new URL(app.rpc).host);
const state = (sessionId: string, query = '') =>
  get(`${app.webhook}/api/v1/state/${sessionId}${query}`);

test('a lock that a service holds by gRPC holds off a flow, until it is given back', async () => {
  const client = connect();
  const sessionId = randomUUID();
  const lockedBefore = await app.metric('cognigy_session_errors_total{error_type="locked"}');
  const request = { sessionId, ttlMs: 60_000 };
  const { token } = await call(client, { method: lock, request, token: RPC_TOKEN });

  const locked = await save({ sessionId });
  expect(locked.status).toBe(423);
  expect(locked.body).toMatchObject({ code: 'already_exists', reason: 'locked', details: [] });
  expect(locked.body.retryAfterMs).toBeGreaterThan(50_000);
  expect(Number(locked.headers.get('retry-after'))).toBe(
    Math.ceil(locked.body.retryAfterMs / 1000),
  );
  expect((await save({ sessionId, lockToken: token, variables: { n: 1 } })).status).toBe(200);
  const second = await errorOf(call(client, { method: lock, request, token: RPC_TOKEN }));
  expect([second.code, refusalInfoOf(second)?.reason]).toEqual([status.ALREADY_EXISTS, 'locked']);
  const lockedUntil = Date.parse((await state(sessionId)).body.lockedUntil);
  expect(Math.abs(lockedUntil - Date.now() - 60_000)).toBeLessThan(20_000);

  await call(client, { method: unlock, request: { sessionId, token }, token: RPC_TOKEN });
  expect((await state(sessionId)).body.lockedUntil).toBeNull();
  expect((await save({ sessionId })).status).toBe(200);
  const lost = await save({ sessionId, lock_token: token });
  expect([lost.status, lost.body.code, lost.body.reason]).toEqual([
    412,
    'failed_precondition',
    'lock_lost',
  ]);
  expect(await app.metric('cognigy_session_errors_total{error_type="locked"}')).toBe(
    lockedBefore + 2,
  );
  expect(await app.metric('cognigy_session_locks_total{result="released"}')).toBe(1);
  expect(await app.metric('cognigy_session_persist_seconds_count{status="lock_lost"}')).toBe(1);
});

test('a lock that is waited for until the deadline of the call is locked, and counted as that', async () => {
  const client = connect();
  const sessionId = randomUUID();
  const unavailable = 'cognigy_session_errors_total{error_type="unavailable"}';
  const contended = 'cognigy_session_lock_contention_total';
  const [before, contendedBefore] = [await app.metric(unavailable), await app.metric(contended)];
  const request = { sessionId, waitMs: 20_000 };
  const { token } = await call(client, { method: lock, request, token: RPC_TOKEN });
  // The first in line asks the store again and again, and a call that ends while it asks does not
  // know what becomes of that. So the call of this test is the second.
  const first = call(client, { method: lock, request, token: RPC_TOKEN });
  await waitFor(async () => expect(await app.metric(contended)).toBe(contendedBefore + 1));
  const headers = {
    ...{ authorization: `Bearer ${RPC_TOKEN}`, 'content-type': 'application/json' },
    'connect-timeout-ms': '1000',
  };
  const answer = await post(`${app.rpc}/${SessionService.typeName}/Lock`, request, headers);
  expect([answer.status, answer.body.code]).toEqual([409, 'already_exists']);
  expect(await app.metric(unavailable)).toBe(before);
  await call(client, { method: unlock, request: { sessionId, token }, token: RPC_TOKEN });
  expect((await first).token).not.toBe('');
});

test('whoever waits for a lock learns that it is locked when the service ends, and does not hold that up', async () => {
  const ending = await startTestApp({ RPC_TOKEN });
  const client = connectTo(new URL(ending.rpc).host);
  const sessionId = randomUUID();
  await call(client, { method: lock, request: { sessionId }, token: RPC_TOKEN });
  const request = { sessionId, waitMs: 30_000 };
  const waiting = errorOf(call(client, { method: lock, request, token: RPC_TOKEN }));
  await waitFor(async () => {
    expect(await ending.metric('cognigy_session_lock_contention_total')).toBe(1);
  });
  await ending.stop();
  expect((await waiting).code).toBe(status.ALREADY_EXISTS);
});

test('an etag is a precondition on either port, and the refusal names the one that is there', async () => {
  const client = connect();
  const sessionId = randomUUID();
  const first = (await save({ sessionId, ifMatch: 'none' })).body;
  expect(first).toMatchObject({ status: 'accepted', revision: 1 });
  const again = await save({ sessionId, ifMatch: 'none' });
  expect([again.status, again.body]).toMatchObject([
    409,
    { code: 'aborted', reason: 'conflict', etag: first.etag, revision: 1 },
  ]);
  const request = { sessionId, ifMatch: 'e'.repeat(20) };
  for (const method of [persist, erase]) {
    const error = await errorOf(call(client, { method, request, token: RPC_TOKEN }));
    expect(error.code).toBe(status.ABORTED);
    expect(refusalInfoOf(error)).toMatchObject({
      reason: 'conflict',
      etag: first.etag,
      revision: 1,
    });
  }
  const url = `${app.webhook}/api/v1/state/${sessionId}`;
  expect((await send('DELETE', url, { 'if-match': '"other"' })).status).toBe(409);
  const gone = await send('DELETE', url, { 'if-match': `"${first.etag}"` });
  expect([gone.status, gone.body]).toMatchObject([
    200,
    { status: 'erased', found: true, frames: 1 },
  ]);
  const missing = await save({ sessionId, ifMatch: first.etag });
  expect([missing.status, missing.body]).toMatchObject([409, { etag: '', revision: 0 }]);
});

describe('an erase', () => {
  test('by the webhook takes the session, its lock and its place in the index, and drops its repetitions', async () => {
    const client = connect();
    const [sessionId, userId] = [randomUUID(), randomUUID()];
    const update = { sessionId, userId, updateId: 'u-1', variables: { a: 1 } };
    await save(update);
    await call(client, { method: lock, request: { sessionId }, token: RPC_TOKEN });

    const body = { sessionId, updateId: 'erase-1' };
    const { status: answered, body: erased } = await post(
      `${app.webhook}/webhook/cognigy/delete`,
      body,
    );
    expect([answered, erased]).toEqual([
      200,
      {
        ...{ status: 'erased', sessionId, found: true, frames: 1, quarantined: 0, locked: true },
        ...{
          indexEntries: 1,
          durability: 'stored',
          pending: [{ kind: 'late_updates', until: expect.stringMatching(/Z$/) }],
        },
      },
    ]);
    expect(Date.parse(erased.pending[0].until)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect((await post(`${app.webhook}/webhook/cognigy/delete`, body)).body).toMatchObject({
      found: true,
    });
    expect((await state(sessionId)).status).toBe(404);
    const dropped = await save(update);
    expect([dropped.status, dropped.body]).toEqual([
      200,
      { status: 'dropped', sessionId, known: false },
    ]);

    expect((await save({ sessionId, variables: { b: 2 } })).body).toMatchObject({ revision: 1 });
    const { body: anew } = await state(sessionId);
    expect(anew.variables).toEqual({ b: 2 });
    expect(Date.parse(anew.tombstone.erasedAt)).toBeLessThanOrEqual(Date.now());
    const line = { level: 'info', message: 'a session was erased', session: anew.logId };
    expect(app.logged).toContainEqual(expect.objectContaining(line));
    expect(JSON.stringify(app.logged)).not.toContain(sessionId);
  });

  test('of a user takes every session of theirs, by either port', async () => {
    const client = connect();
    for (const erasedBy of ['rpc', 'webhook']) {
      const userId = randomUUID();
      const sessionIds = [randomUUID(), randomUUID()].sort();
      for (const sessionId of sessionIds) await save({ sessionId, userId });
      const { sessions } =
        erasedBy === 'rpc'
          ? await call(client, { method: eraseUser, request: { userId }, token: RPC_TOKEN })
          : (await send('DELETE', `${app.webhook}/api/v1/users/${userId}`)).body;
      const found = sessions.map((session: { sessionId: string }) => session.sessionId);
      expect(found.sort()).toEqual(sessionIds);
      for (const sessionId of sessionIds) expect((await state(sessionId)).status).toBe(404);
    }
  });

  test('by gRPC needs the token, as a lock does', async () => {
    const client = connect();
    const sessionId = randomUUID();
    await save({ sessionId });
    const request = { sessionId, userId: 'u' };
    for (const method of [erase, eraseUser, lock]) {
      expect((await errorOf(call(client, { method, request }))).code).toBe(status.UNAUTHENTICATED);
    }
    expect((await state(sessionId)).body).toMatchObject({ lockedUntil: null, revision: 1 });
  });
});

test('an earlier revision can be restored and inspected while its frames stand', async () => {
  const client = connect();
  const sessionId = randomUUID();
  for (const n of [1, 2, 3]) await save({ sessionId, variables: { n } });
  const { body } = await state(sessionId, '?revision=2');
  expect(body).toMatchObject({ revision: 2, variables: { n: 2 }, oldestRevision: 1 });
  expect(body.frames).toHaveLength(2);
  const restored = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId, revision: 1 });
  expect(restored.body).toMatchObject({ found: true, revision: 1, variables: { n: 1 } });
  expect((await state(sessionId, '/restore?revision=1')).body).toEqual({
    ...restored.body,
    found: undefined,
    ttlMs: expect.any(Number),
  });
  const target = { case: 'sessionId', value: sessionId } as const;
  const inspected = await call(client, {
    ...{ method: inspect, request: { target, revision: 2 }, token: RPC_TOKEN },
  });
  expect(inspected.session?.state).toMatchObject({ revision: 2, variables: { n: 2 } });

  const ahead = await state(sessionId, '?revision=4');
  expect([ahead.status, ahead.body.details[0].pointer]).toEqual([400, '/revision']);
  const ofUser = await post(`${app.webhook}/webhook/cognigy/restore`, { userId: 'u', revision: 1 });
  expect([ofUser.status, ofUser.body.details[0].pointer]).toEqual([400, '/revision']);
});

test('a revision whose frames were folded is gone, and the refusal names the oldest one', async () => {
  const client = connect();
  const sessionId = randomUUID();
  const text = 'x'.repeat(4000);
  for (let n = 0; n < 5; n++) await save({ sessionId, variables: { [`key${n}`]: text } });
  await expect.poll(async () => (await state(sessionId)).body.oldestRevision).toBeGreaterThan(1);
  const { oldestRevision } = (await state(sessionId)).body;
  const gone = await state(sessionId, '?revision=1');
  expect([gone.status, gone.body]).toMatchObject([
    410,
    { code: 'out_of_range', reason: 'compacted', oldestRevision },
  ]);
  const target = { case: 'sessionId', value: sessionId } as const;
  const error = await errorOf(
    call(client, { method: inspect, request: { target, revision: 1 }, token: RPC_TOKEN }),
  );
  expect(error.code).toBe(status.OUT_OF_RANGE);
  expect(refusalInfoOf(error)).toMatchObject({ reason: 'compacted', oldestRevision });
});
