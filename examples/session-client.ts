// A client of SessionService: @grpc/grpc-js, and the messages that buf generates from proto/.
//
// Other languages generate theirs from proto/ and, for its imports, proto/vendor/.

import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { SessionService } from '../src/gen/cognigy/session/v1/session_service_pb.ts';

// Longer than the service takes at most (REQUEST_DEADLINE_MS), so that its own answer arrives.
const DEADLINE_MS = 3000;

// Only what is not there can be repeated blindly: UNAVAILABLE. Each Persist here says which update
// it is, so its repetition is recognised.
const retries = {
  methodConfig: [
    {
      name: [{ service: SessionService.typeName }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.1s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

export type SessionClient = {
  /** Calls a method. Rejects with grpc-js's ServiceError, whose `code` the README's table of
   * errors explains. */
  call<Method extends DescMethod>(
    method: Method,
    request: MessageInitShape<Method['input']>,
    options?: { deadlineMs?: number },
  ): Promise<MessageShape<Method['output']>>;
  close(): void;
};

/** Connects to the rpc listener. `RPC_TOKEN`, if the service requires one, is taken from the
 * environment. */
export function connectTo(address: string): SessionClient {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify(retries),
  });
  const metadata = new Metadata();
  if (process.env.RPC_TOKEN) metadata.set('authorization', `Bearer ${process.env.RPC_TOKEN}`);

  return {
    call: (method, request, { deadlineMs = DEADLINE_MS } = {}) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: typeof request) =>
            Buffer.from(toBinary(method.input, create(method.input, message as never))),
          (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<typeof method.output>,
          request,
          metadata,
          { deadline: Date.now() + deadlineMs },
          (error, response) => (error || !response ? reject(error) : resolve(response as never)),
        );
      }),
    close: () => client.close(),
  };
}
