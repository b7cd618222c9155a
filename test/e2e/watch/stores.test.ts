// What a caller of Watch sees, on every store: the updates of other sidecars, and whatever else
// happens to a session.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  SessionService,
  WatchResetReason,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { startReadyApps, stopApps } from '../../support/ready-apps.ts';
import { post, type RunningApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';
import { call, connectTo } from '../../transport/rpc/grpc-js-client.ts';
import { sessionOf, userOf, watchBy } from './watch-client.ts';

const address = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;

const stores: [string, number, () => Record<string, string>][] = [
  ['SQLite', 1, () => ({})],
  ['Redis', 2, () => ({ STORE_URL: `redis://${address(inject('redisStandalone'))}` })],
  [
    'Redis Cluster',
    2,
    () => ({ STORE_URL: `redis+cluster://${inject('redisCluster').map(address).join(',')}` }),
  ],
];

describe.each(stores)('on %s', (_store, sidecars, settings) => {
  let apps: RunningApp[];
  let writer: RunningApp;
  let watcher: RunningApp;

  beforeAll(async () => {
    apps = await startReadyApps(sidecars, { ...settings(), WATCH_LIMIT: '5' });
    [writer, watcher] = [apps[0] as RunningApp, apps.at(-1) as RunningApp];
  });
  afterAll(() => stopApps(apps));

  const update = (sessionId: string, body: object) =>
    post(`${writer.webhook}/webhook/cognigy/session`, { sessionId, ...body });
  const rpc = () => connectTo(writer.rpc.slice('http://'.length));

  test('each update is seen, with its position and the names of its keys', async () => {
    const sessionId = randomUUID();
    const watched = watchBy(watcher, sessionOf(sessionId));
    const { event: reset } = await watched.next('reset');
    expect(reset.value).toMatchObject({ reason: WatchResetReason.STARTED, found: false });
    const { body } = await update(sessionId, {
      ...{ userId: 'u', flowId: 'main', timestamp: '2026-06-15T10:00:00Z' },
      ...{ variables: { b: 1, a: 'secret' }, context: { c: [] } },
    });
    const { sessionId: of, event } = await watched.next('update');
    expect(of).toBe(sessionId);
    expect(event.value).toMatchObject({
      ...{ revision: 1, etag: body.etag, userId: 'u', flowId: 'main' },
      ...{ timestamp: '2026-06-15T10:00:00Z', variables: ['a', 'b'], context: ['c'] },
      ...{ removedVariables: [], isPartial: false },
    });
    expect(JSON.stringify(watched.events, (_, v) => (typeof v === 'bigint' ? 0 : v))).not.toContain(
      'secret',
    );
    for (let turn = 2; turn <= 30; turn++) await update(sessionId, { variables: { turn } });
    await until('all updates', () => (watched.revisions().at(-1) === 30 ? true : undefined));
    expect(watched.revisions()).toEqual(Array.from({ length: 30 }, (_, place) => place + 1));
  });

  test('locks, an erase and an expiry are seen', async () => {
    const sessionId = randomUUID();
    const watched = watchBy(watcher, sessionOf(sessionId));
    await watched.next('reset');
    await update(sessionId, { variables: { a: 1 } });
    await watched.next('update');
    const { lock, unlock, erase } = SessionService.method;
    const { token } = await call(rpc(), { method: lock, request: { sessionId, ttlMs: 20_000 } });
    const { event: locked } = await watched.next('locked');
    expect(locked.case === 'locked' && Number(locked.value.lockedUntil?.seconds)).toBeGreaterThan(
      0,
    );
    expect(JSON.stringify(locked.value, (_, v) => `${v}`)).not.toContain(token);
    await call(rpc(), { method: unlock, request: { sessionId, token } });
    expect((await watched.next('unlocked')).event.value).toMatchObject({ lapsed: false });
    await call(rpc(), { method: lock, request: { sessionId, ttlMs: 300 } });
    await watched.next('locked');
    expect((await watched.next('unlocked')).event.value).toMatchObject({ lapsed: true });
    await call(rpc(), { method: erase, request: { sessionId } });
    await watched.next('erased');
    await update(sessionId, { variables: { b: 1 } });
    const { event } = await watched.next('update');
    expect(event.value).toMatchObject({ revision: 1, variables: ['b'] });
  });

  test('a watch is resumed where it ended, or begins with a reset', async () => {
    const sessionId = randomUUID();
    await update(sessionId, { variables: { turn: 1 } });
    const { body: second } = await update(sessionId, { variables: { turn: 2 } });
    for (let turn = 3; turn <= 5; turn++) await update(sessionId, { variables: { turn } });
    const resumeFrom = [{ sessionId, revision: 2, etag: second.etag }];
    const watched = watchBy(watcher, { ...sessionOf(sessionId), resumeFrom });
    await update(sessionId, { variables: { turn: 6 } });
    await until('all updates', () => (watched.revisions().at(-1) === 6 ? true : undefined));
    expect(watched.events.map(({ event }) => event.case)).toEqual(Array(4).fill('update'));
    expect(watched.revisions()).toEqual([3, 4, 5, 6]);
    const unknown = [{ sessionId: '', revision: 2, etag: `${second.etag}`.replace(/./g, '0') }];
    const started = watchBy(watcher, { ...sessionOf(sessionId), resumeFrom: unknown });
    const { event } = await started.next('reset');
    expect(event.value).toMatchObject({ reason: WatchResetReason.GAP, found: true, revision: 6 });
  });

  test('the sessions of a user are seen, new ones too, and those of others are not', async () => {
    const [userId, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    await update(first, { userId, variables: { a: 1 } });
    const watched = watchBy(watcher, userOf(userId));
    expect((await watched.next('reset')).sessionId).toBe(first);
    await update(first, { variables: { b: 1 } });
    expect((await watched.next('update')).sessionId).toBe(first);
    await update(second, { userId, variables: { c: 1 } });
    const { sessionId, event } = await watched.next('update');
    expect([sessionId, event.value]).toMatchObject([second, { revision: 1, variables: ['c'] }]);
    await update(first, { userId: randomUUID(), variables: { mine: 1 } });
    await update(second, { variables: { d: 1 } });
    await watched.next('update');
    expect(watched.events.filter((one) => one.sessionId === first)).toHaveLength(2);
  });

  test('heartbeats come while nothing happens, and a deadline ends the call', async () => {
    const request = { ...sessionOf(randomUUID()), heartbeatMs: 1000 };
    const watched = watchBy(watcher, request, { deadline: Date.now() + 2500 });
    const { event } = await watched.next('heartbeat');
    expect(event.case === 'heartbeat' && Number(event.value.behindMs)).toBeLessThan(5000);
    expect((await watched.ended).code).toBe(status.DEADLINE_EXCEEDED);
    const tooOften = watchBy(watcher, { ...request, heartbeatMs: 10 });
    expect((await tooOften.ended).code).toBe(status.INVALID_ARGUMENT);
  });

  test('a caller that stops reading is sent nothing more, and misses nothing', async () => {
    const sessionId = randomUUID();
    const watched = watchBy(watcher, sessionOf(sessionId));
    await watched.next('reset');
    watched.pause();
    const sent = () => watcher.metric('cognigy_session_watch_events_total{kind="update"}');
    const before = await sent();
    const keysOf = (turn: number) =>
      Object.fromEntries(
        Array.from({ length: 300 }, (_, nth) => [`${turn % 3}-${nth}`.padEnd(99), turn]),
      );
    // The names of the keys are more than client and connection hold.
    for (let turn = 1; turn <= 60; turn++) {
      const { status: http } = await update(sessionId, { variables: keysOf(turn) });
      expect(http).toBe(200);
    }
    await until('the writer to be ahead', async () => {
      const { body } = await post(`${watcher.webhook}/webhook/cognigy/restore`, { sessionId });
      return body.revision === 60 ? true : undefined;
    });
    expect((await sent()) - before).toBeLessThan(60);
    watched.resume();
    await until('all updates', () => (watched.position().revision === 60 ? true : undefined));
    expect(watched.revisions()).toEqual(Array.from({ length: 60 }, (_, place) => place + 1));
  });

  test('no more calls are open than WATCH_LIMIT allows', async () => {
    const open = Array.from({ length: 5 }, () => watchBy(watcher, sessionOf(randomUUID())));
    for (const watched of open) await watched.next('reset');
    const refused = watchBy(watcher, sessionOf(randomUUID()));
    expect((await refused.ended).code).toBe(status.RESOURCE_EXHAUSTED);
    expect(await watcher.metric('cognigy_session_watches')).toBe(5);
    expect(
      await watcher.metric('cognigy_session_errors_total{error_type="too_many_watches"}'),
    ).toBe(1);
    for (const watched of open) watched.cancel();
    await until('the calls to end', async () =>
      (await watcher.metric('cognigy_session_watches')) === 0 ? true : undefined,
    );
    expect(await watcher.metric('cognigy_session_watched_sessions')).toBe(0);
    await watchBy(watcher, sessionOf(randomUUID())).next('reset');
  });

  test('clients of Connect, gRPC-Web and buf curl can call it', async () => {
    const sessionId = randomUUID();
    await update(sessionId, { variables: { a: 1 } });
    for (const createTransport of [createConnectTransport, createGrpcWebTransport]) {
      const transport = createTransport({ baseUrl: watcher.rpc, httpVersion: '1.1' });
      const ending = new AbortController();
      const events = createClient(SessionService, transport).watch(sessionOf(sessionId), {
        signal: ending.signal,
      });
      const seen: unknown[] = [];
      const reading = (async () => {
        for await (const { event } of events) {
          seen.push(event.case);
          if (event.case === 'reset') await update(sessionId, { variables: { b: seen.length } });
          else ending.abort();
        }
      })();
      await expect(reading).rejects.toThrow();
      expect(seen).toEqual(['reset', 'update']);
    }
    const curl = spawn('node_modules/.bin/buf', [
      ...['curl', '--protocol', 'grpc', '--http2-prior-knowledge'],
      ...['--data', JSON.stringify({ sessionId })],
      `${watcher.rpc}/cognigy.session.v1.SessionService/Watch`,
    ]);
    onTestFinished(() => void curl.kill());
    let shown = '';
    curl.stdout.on('data', (chunk: Buffer) => {
      shown += String(chunk);
    });
    const event = await until('an event in the output', () => JSON.parse(shown) as unknown);
    expect(event).toMatchObject({ sessionId, reset: { found: true, revision: 3 } });
  });
});
