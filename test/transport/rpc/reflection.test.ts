import { fromBinary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ServerReflection } from '../../../src/gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../src/gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { codec, connectTo } from './grpc-js-client.ts';
import { startRpcServer } from './rpc-server.ts';

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
    expect(files(byMessage).map(({ name }) => name)).toEqual([
      'cognigy/session/v1/session_service.proto',
    ]);
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
      {
        case: 'fileContainingExtension',
        value: { containingType: 'no.Thing', extensionNumber: 1 },
      },
      { case: 'allExtensionNumbersOfType', value: 'no.Thing' },
      { case: undefined },
      { case: 'listServices', value: '' },
    );
    const errors = answers.slice(0, 5).map((answer) => {
      return (
        answer.messageResponse.case === 'errorResponse' && answer.messageResponse.value.errorCode
      );
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
    const ended = new Promise<void>((resolve, reject) =>
      stream.on('end', resolve).on('error', reject),
    );
    stream.on('data', (answer) => answers.push(answer));
    stream.write({ messageRequest: { case: 'listServices', value: '' } });
    await waitFor(() => expect(answers).toHaveLength(1));
    closing.abort();
    await ended;
  });
});
