import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { call, codec, connectTo, errorOf } from './grpc-js-client.ts';
import { startRpcServer } from './rpc-server.ts';

test('a gRPC client persists, restores, and is refused with gRPC codes', async () => {
  const { address, service } = await startRpcServer();
  const client = connectTo(address);
  const variables = JSON.parse('{"__proto__":{"a":[null,false]},"":0}');
  await call(client, { method: SessionService.method.persist, request: { sessionId: 's', variables } });
  const restored = await call(client, { method: SessionService.method.restore, request: { sessionId: 's' } });
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
  const broken = await errorOf(call(client, { method: SessionService.method.persist, request: {} }));
  expect(broken.code).toBe(status.INVALID_ARGUMENT);
  expect(broken.details).toContain('session_id: ');
  expect(broken.metadata.get('grpc-status-details-bin')).toHaveLength(1);
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
