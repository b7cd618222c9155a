// A gRPC client that is not Connect's.

import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { credentials, Metadata, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { expect, onTestFinished } from 'vitest';

const GenericClient = makeGenericClientConstructor({}, 'generic');

/** A client that is closed when its test ends. */
export function connectTo(address: string) {
  const client = new GenericClient(address, credentials.createInsecure());
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
  deadline?: number;
  token?: string;
};

/** Calls a unary method. */
export function call<M extends DescMethod>(
  client: GrpcClient,
  { method, request, deadline, token }: Call<M>,
): Promise<MessageShape<M['output']>> {
  const { path, serialize, deserialize } = codec(method);
  const options = deadline === undefined ? {} : { deadline };
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, serialize, deserialize, request, metadata, options, (error, answer) =>
      error ? reject(error) : resolve(answer as MessageShape<M['output']>),
    ),
  );
}

/** The error of a call that must not be answered. */
export function errorOf(promise: Promise<unknown>): Promise<ServiceError> {
  return promise.then(
    () => expect.fail('the call was answered'),
    (error) => error as ServiceError,
  );
}
