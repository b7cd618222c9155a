// A client of SessionService: @grpc/grpc-js, and the messages that buf generates from proto/.
//
// Other languages generate their messages the same way; proto/vendor has the imported files.

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

// Longer than the service's own deadline (REQUEST_DEADLINE_MS), so that its answer arrives.
const DEADLINE_MS = 3000;

// Only UNAVAILABLE is retried automatically. Each Persist here has an update id, so a retry is
// recognised.
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
  /** Calls a method. Rejects with grpc-js's ServiceError; docs/reference/errors.md explains its
   * `code`. */
  call<Method extends DescMethod>(
    method: Method,
    request: MessageInitShape<Method['input']>,
    options?: { deadlineMs?: number },
  ): Promise<MessageShape<Method['output']>>;
  close(): void;
};

/** Connects to the rpc listener. If the service requires a token, it is read from the environment
 * variable `RPC_TOKEN`. */
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
