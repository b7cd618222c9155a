import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  type ClientReadableStream,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../src/gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../src/gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { startRpcServer } from './rpc-server.ts';

const GenericClient = makeGenericClientConstructor({}, 'generic');

function connectTo(address: string) {
  const client = new GenericClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

type GrpcClient = ReturnType<typeof connectTo>;

function codec<M extends DescMethod>(method: M) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize: (init: MessageInitShape<M['input']>) =>
      Buffer.from(toBinary(method.input, create(method.input, init as never))),
    deserialize: (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<M['output']>,
  };
}

function call<M extends DescMethod>(
  client: GrpcClient,
  { method, request, deadline }: { method: M; request: MessageInitShape<M['input']>; deadline?: number },
): Promise<MessageShape<M['output']>> {
  const { path, serialize, deserialize } = codec(method);
  const options = deadline === undefined ? {} : { deadline };
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      path,
      serialize,
      deserialize,
      request,
      new Metadata(),
      options,
      (error, answer) => (error ? reject(error) : resolve(answer as MessageShape<M['output']>)),
    ),
  );
}

function errorOf(promise: Promise<unknown>): Promise<ServiceError> {
  return promise.then(
    () => expect.fail('the call was answered'),
    (error) => error as ServiceError,
  );
}

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

describe('health', () => {
  const check = (address: string, service: string) =>
    call(connectTo(address), { method: Health.method.check, request: { service } });

  test('follows readiness, for the process and for the service', async () => {
    const { address, readiness } = await startRpcServer();
    for (const service of ['', 'cognigy.session.v1.SessionService']) {
      expect((await check(address, service)).status).toBe(Serving.SERVING);
    }
    readiness.set(false);
    for (const service of ['', 'cognigy.session.v1.SessionService']) {
      expect((await check(address, service)).status).toBe(Serving.NOT_SERVING);
    }
    const list = await call(connectTo(address), { method: Health.method.list, request: {} });
    expect(Object.keys(list.statuses)).toEqual(['', 'cognigy.session.v1.SessionService']);
  });

  test('does not know other services', async () => {
    const { address } = await startRpcServer();
    expect((await errorOf(check(address, 'other'))).code).toBe(status.NOT_FOUND);
  });

  test('is NOT_SERVING once the process begins to shut down', async () => {
    const { address, closing } = await startRpcServer();
    closing.abort();
    expect((await check(address, '')).status).toBe(Serving.NOT_SERVING);
  });

  test('Watch tells each change once, NOT_SERVING at shutdown, and ends', async () => {
    const { address, readiness, closing } = await startRpcServer();
    const client = connectTo(address);
    const { statuses, ended } = watch(client, '');
    await vi.waitFor(() => expect(statuses).toEqual([Serving.SERVING]));
    readiness.set(true);
    // An answer on the same connection comes after whatever was said before it.
    await call(client, { method: Health.method.check, request: {} });
    readiness.set(false);
    await vi.waitFor(() => expect(statuses).toEqual([Serving.SERVING, Serving.NOT_SERVING]));
    readiness.set(true);
    await vi.waitFor(() => expect(statuses).toHaveLength(3));
    closing.abort();
    await ended;
    expect(statuses).toEqual([Serving.SERVING, Serving.NOT_SERVING, Serving.SERVING, Serving.NOT_SERVING]);
    expect(readiness.listenerCount()).toBe(0);
  });

  test('Watch of an unknown service says so and stays', async () => {
    const { address, closing } = await startRpcServer();
    const { statuses, ended } = watch(connectTo(address), 'other');
    await vi.waitFor(() => expect(statuses).toEqual([Serving.SERVICE_UNKNOWN]));
    closing.abort();
    await ended;
  });

  test('Watch lets go of everything when its client leaves', async () => {
    const { address, readiness, finished } = await startRpcServer();
    const { statuses, stream } = watch(connectTo(address), '');
    await vi.waitFor(() => expect(statuses).toHaveLength(1));
    expect(readiness.listenerCount()).toBe(1);
    stream.cancel();
    await vi.waitFor(() => expect(readiness.listenerCount()).toBe(0));
    await vi.waitFor(() => expect(finished).toHaveLength(1));
  });

  test('Watch is refused when there are too many of them', async () => {
    const { address } = await startRpcServer();
    const client = connectTo(address);
    const watches = Array.from({ length: 100 }, () => watch(client, ''));
    await vi.waitFor(() => expect(watches.every(({ statuses }) => statuses.length === 1)).toBe(true));
    await expect(watch(client, '').ended).rejects.toMatchObject({ code: status.UNAVAILABLE });
    watches[0]?.stream.cancel();
    await vi.waitFor(async () => {
      const { statuses } = watch(client, '');
      await vi.waitFor(() => expect(statuses).toHaveLength(1), { timeout: 200 });
    });
  });

  function watch(client: GrpcClient, service: string) {
    const { path, serialize, deserialize } = codec(Health.method.watch);
    const stream = client.makeServerStreamRequest(path, serialize, deserialize, { service });
    const statuses: Serving[] = [];
    stream.on('data', (answer: { status: Serving }) => statuses.push(answer.status));
    const ended = new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject));
    ended.catch(() => {});
    return { statuses, ended, stream: stream as ClientReadableStream<unknown> };
  }
});

describe.each([
  ['v1', ServerReflection],
  ['v1alpha', ServerReflectionAlpha],
] as const)('reflection %s', (_version, { method: { serverReflectionInfo } }) => {
  type Request = MessageInitShape<
    typeof ServerReflection.method.serverReflectionInfo.input
  >['messageRequest'];
  type Answer = MessageShape<typeof ServerReflection.method.serverReflectionInfo.output>;

  async function ask(address: string, ...requests: NonNullable<Request>[]): Promise<Answer[]> {
    const { path, serialize, deserialize } = codec(
      serverReflectionInfo as typeof ServerReflection.method.serverReflectionInfo,
    );
    const stream = connectTo(address).makeBidiStreamRequest(path, serialize, deserialize);
    for (const messageRequest of requests) stream.write({ host: 'here', messageRequest });
    stream.end();
    return stream.toArray();
  }

  const files = (answer: Answer | undefined) => {
    if (answer?.messageResponse.case !== 'fileDescriptorResponse') return expect.fail('no files');
    return answer.messageResponse.value.fileDescriptorProto.map((bytes) => {
      return fromBinary(FileDescriptorProtoSchema, bytes);
    });
  };

  test('finds files by name, symbol and extension, with what they import, each once per stream', async () => {
    const { address } = await startRpcServer();
    const [byMethod, byMessage, byName, byExtension] = await ask(
      address,
      { case: 'fileContainingSymbol', value: 'cognigy.session.v1.SessionService.Persist' },
      { case: 'fileContainingSymbol', value: 'cognigy.session.v1.PersistRequest' },
      { case: 'fileByFilename', value: 'google/protobuf/struct.proto' },
      {
        case: 'fileContainingExtension',
        value: { containingType: 'google.protobuf.FieldOptions', extensionNumber: 1159 },
      },
    );
    expect(byMethod).toMatchObject({ validHost: 'here', originalRequest: { host: 'here' } });
    expect(
      files(byMethod)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      'buf/validate/validate.proto',
      'cognigy/session/v1/session_service.proto',
      'cognigy/session/v1/session_state.proto',
      'google/protobuf/descriptor.proto',
      'google/protobuf/duration.proto',
      'google/protobuf/field_mask.proto',
      'google/protobuf/struct.proto',
      'google/protobuf/timestamp.proto',
    ]);
    expect(files(byMessage).map(({ name }) => name)).toEqual(['cognigy/session/v1/session_service.proto']);
    expect(files(byName).map(({ name }) => name)).toEqual(['google/protobuf/struct.proto']);
    expect(files(byExtension).map(({ name }) => name)).toEqual(['buf/validate/validate.proto']);
  });

  test('lists services and extension numbers', async () => {
    const { address } = await startRpcServer();
    const [services, numbers, none] = await ask(
      address,
      { case: 'listServices', value: '*' },
      { case: 'allExtensionNumbersOfType', value: 'google.protobuf.FieldOptions' },
      { case: 'allExtensionNumbersOfType', value: 'cognigy.session.v1.Session' },
    );
    expect(services?.messageResponse.value).toMatchObject({
      service: [
        { name: 'cognigy.session.v1.SessionService' },
        { name: 'grpc.health.v1.Health' },
        { name: 'grpc.reflection.v1.ServerReflection' },
        { name: 'grpc.reflection.v1alpha.ServerReflection' },
      ],
    });
    expect(numbers?.messageResponse.value).toMatchObject({ extensionNumber: [1159, 1160] });
    expect(none?.messageResponse.value).toMatchObject({ extensionNumber: [] });
  });

  test('answers what it does not know with an error, and goes on', async () => {
    const { address } = await startRpcServer();
    const answers = await ask(
      address,
      { case: 'fileByFilename', value: 'nothing.proto' },
      { case: 'fileContainingSymbol', value: 'no.Thing' },
      { case: 'fileContainingExtension', value: { containingType: 'no.Thing', extensionNumber: 1 } },
      { case: 'allExtensionNumbersOfType', value: 'no.Thing' },
      { case: undefined },
      { case: 'listServices', value: '' },
    );
    const errors = answers.slice(0, 5).map((answer) => {
      return answer.messageResponse.case === 'errorResponse' && answer.messageResponse.value.errorCode;
    });
    expect(errors).toEqual([
      status.NOT_FOUND,
      status.NOT_FOUND,
      status.NOT_FOUND,
      status.NOT_FOUND,
      status.INVALID_ARGUMENT,
    ]);
    expect(answers[5]?.messageResponse.case).toBe('listServicesResponse');
  });

  test('an open stream ends when the process begins to shut down', async () => {
    const { address, closing } = await startRpcServer();
    const { path, serialize, deserialize } = codec(
      serverReflectionInfo as typeof ServerReflection.method.serverReflectionInfo,
    );
    const stream = connectTo(address).makeBidiStreamRequest(path, serialize, deserialize);
    const answers: unknown[] = [];
    const ended = new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject));
    stream.on('data', (answer) => answers.push(answer));
    stream.write({ messageRequest: { case: 'listServices', value: '' } });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    closing.abort();
    await ended;
  });
});
