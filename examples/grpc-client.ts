// Calls SessionService over gRPC with @grpc/grpc-js and the generated messages: persists one update, and
// restores the session.
//
//   npx node examples/grpc-client.ts 127.0.0.1:50051 session-1
//
// Other languages generate their client from proto/, with proto/vendor beside it for what it imports.

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

const [address = '127.0.0.1:50051', sessionId = 'session-1'] = process.argv.slice(2);

// Longer than the service takes at most (REQUEST_DEADLINE_MS), so that its own answer arrives.
const DEADLINE_MS = 3000;

// Both calls may be repeated: Restore changes nothing, and Persist says which update it is.
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

const client = new Client(address, credentials.createInsecure(), {
  'grpc.service_config': JSON.stringify(retries),
});
const metadata = new Metadata();
if (process.env.RPC_TOKEN) metadata.set('authorization', `Bearer ${process.env.RPC_TOKEN}`);

const persisted = await call(SessionService.method.persist, {
  sessionId,
  updateId: 'order-99281-shipped',
  variables: { orderId: 'ORD-99281', shipped: true },
});
const restored = await call(SessionService.method.restore, { sessionId });
client.close();

const { variables } = restored.session ?? {};
process.stdout.write(`${JSON.stringify({ sessionId: persisted.sessionId, variables })}\n`);

function call<Method extends DescMethod>(method: Method, request: MessageInitShape<Method['input']>) {
  return new Promise<MessageShape<Method['output']>>((resolve, reject) => {
    client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: typeof request) =>
        Buffer.from(toBinary(method.input, create(method.input, message as never))),
      (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<Method['output']>,
      request,
      metadata,
      { deadline: Date.now() + DEADLINE_MS },
      (error, response) => (error || !response ? reject(error) : resolve(response)),
    );
  });
}
