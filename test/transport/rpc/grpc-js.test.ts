import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { call, codec, connectTo, errorOf, refusalInfoOf } from './grpc-js-client.ts';
import { startRpcServer } from './rpc-server.ts';

test('a gRPC client persists, restores, and is refused with gRPC codes', async () => {
  const { address, service } = await startRpcServer();
  const client = connectTo(address);
  const variables = JSON.parse('{"__proto__":{"a":[null,false]},"":0}');
  await call(client, {
    method: SessionService.method.persist,
    request: { sessionId: 's', variables },
  });
  const restored = await call(client, {
    method: SessionService.method.restore,
    request: { sessionId: 's' },
  });
  expect(JSON.stringify(restored.session?.variables)).toBe(
    JSON.stringify(JSON.parse('{"":0,"__proto__":{"a":[null,false]}}')),
  );

  const miss = await errorOf(
    call(client, { method: SessionService.method.restore, request: { sessionId: 'x' } }),
  );
  expect(miss.code).toBe(status.NOT_FOUND);
  service.before = async () => {
    throw new Refusal('unavailable', '100% “漢”, a/b: c');
  };
  const refused = await errorOf(
    call(client, { method: SessionService.method.restore, request: { sessionId: 'x' } }),
  );
  expect(refused.details).toBe('100% “漢”, a/b: c');
  const broken = await errorOf(
    call(client, { method: SessionService.method.persist, request: {} }),
  );
  expect(broken.code).toBe(status.INVALID_ARGUMENT);
  expect(broken.details).toContain('session_id: ');
  expect(broken.metadata.get('grpc-status-details-bin')).toHaveLength(1);
});

test('a gRPC client locks, writes, is refused with reasons it can read, unlocks, and erases', async () => {
  const { address } = await startRpcServer();
  const client = connectTo(address);
  const { lock, unlock, persist, erase, eraseUser } = SessionService.method;
  const { token } = await call(client, { method: lock, request: { sessionId: 's', ttlMs: 5000 } });
  const { etag } = await call(client, {
    ...{ method: persist, request: { sessionId: 's', userId: 'u', lockToken: token } },
  });

  const locked = await errorOf(call(client, { method: persist, request: { sessionId: 's' } }));
  expect([locked.code, locked.metadata.get('retry-after')]).toEqual([status.ALREADY_EXISTS, ['2']]);
  expect(refusalInfoOf(locked)).toMatchObject({ reason: 'locked', retryAfterMs: 1500 });
  expect(await call(client, { method: unlock, request: { sessionId: 's', token } })).toBeDefined();
  const lost = await errorOf(
    call(client, { method: persist, request: { sessionId: 's', lockToken: token } }),
  );
  expect([lost.code, refusalInfoOf(lost)?.reason]).toEqual([
    status.FAILED_PRECONDITION,
    'lock_lost',
  ]);

  const stale = { sessionId: 's', ifMatch: '0'.repeat(20) };
  for (const method of [persist, erase]) {
    const conflict = await errorOf(call(client, { method, request: stale }));
    expect(conflict.code).toBe(status.ABORTED);
    expect(refusalInfoOf(conflict)).toMatchObject({ reason: 'conflict', etag, revision: 1 });
  }
  const erased = await call(client, { method: erase, request: { sessionId: 's', ifMatch: etag } });
  expect(erased.session).toMatchObject({ sessionId: 's', found: true, frames: 5 });
  const ofUser = await call(client, { method: eraseUser, request: { userId: 'u' } });
  expect(ofUser.sessions).toEqual([]);
});

test('a deadline farther away than a timer can hold is as good as none', async () => {
  const { address, service } = await startRpcServer();
  service.before = () => new Promise((resolve) => setTimeout(resolve, 20));
  const request = { sessionId: 's' };
  const deadline = Date.now() + 30 * 24 * 3_600_000;
  const persisted = await call(connectTo(address), {
    ...{ method: SessionService.method.persist, request, deadline },
  });
  expect(persisted.revision).toBe(1);
});

test('headers larger than the limit are RESOURCE_EXHAUSTED', async () => {
  const { address } = await startRpcServer();
  const { path, serialize, deserialize } = codec(SessionService.method.restore);
  const metadata = new Metadata();
  metadata.set('x-large', 'x'.repeat(20_000));
  const client = connectTo(address);
  const error = await new Promise<ServiceError | null>((resolve) =>
    client.makeUnaryRequest(path, serialize, deserialize, { sessionId: 's' }, metadata, resolve),
  );
  expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
});
