// A gRPC client that is not Connect's.

import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { AnySchema, anyIs } from '@bufbuild/protobuf/wkt';
import {
  type ChannelCredentials,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { expect, onTestFinished } from 'vitest';
import {
  type RefusalInfo,
  RefusalInfoSchema,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';

const GenericClient = makeGenericClientConstructor({}, 'generic');

/** A client that is closed when its test ends. */
export function connectTo(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
) {
  const client = new GenericClient(address, channel);
  onTestFinished(() => client.close());
  return client;
}

export type GrpcClient = ReturnType<typeof connectTo>;

/** Path and both translations of a method, as grpc-js wants them. */
export function codec<M extends DescMethod>(method: M) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize: (init: MessageInitShape<M['input']>) =>
      Buffer.from(toBinary(method.input, create(method.input, init as never))),
    deserialize: (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<M['output']>,
  };
}

/** A call of a method; with a deadline or a token, if it has one. */
export type Call<M extends DescMethod> = {
  method: M;
  request: MessageInitShape<M['input']>;
  deadline?: number | undefined;
  token?: string | undefined;
};

/** Metadata and options of a call. */
export function headOf({ token, deadline }: Pick<Call<DescMethod>, 'token' | 'deadline'>) {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return { metadata, options: deadline === undefined ? {} : { deadline } };
}

/** Calls a unary method. */
export function call<M extends DescMethod>(
  client: GrpcClient,
  { method, request, deadline, token }: Call<M>,
): Promise<MessageShape<M['output']>> {
  const { path, serialize, deserialize } = codec(method);
  const { metadata, options } = headOf({ token, deadline });
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      path,
      serialize,
      deserialize,
      request,
      metadata,
      options,
      (error, answer) => (error ? reject(error) : resolve(answer as MessageShape<M['output']>)),
    ),
  );
}

/** What a refusal tells programs: the detail of that type in the google.rpc.Status among the
 * trailers. */
export function refusalInfoOf({ metadata }: ServiceError): RefusalInfo | undefined {
  const [status] = metadata.get('grpc-status-details-bin');
  const details = status instanceof Buffer ? repeatedBytes(status, 3) : [];
  const found = details
    .map((bytes) => fromBinary(AnySchema, bytes))
    .find((any) => anyIs(any, RefusalInfoSchema));
  return found && fromBinary(RefusalInfoSchema, found.value);
}

/** The occurrences of one field of a message that nobody described to us, as bytes. */
function repeatedBytes(message: Uint8Array, field: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return found;
}

/** The error of a call that must not be answered. */
export function errorOf(promise: Promise<unknown>): Promise<ServiceError> {
  return promise.then(
    () => expect.fail('the call was answered'),
    (error) => error as ServiceError,
  );
}
