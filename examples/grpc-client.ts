// Persists one update and restores the session.
//
//   npx node examples/grpc-client.ts 127.0.0.1:28051 session-1

import { SessionService } from '../src/gen/cognigy/session/v1/session_service_pb.ts';
import { connectTo } from './session-client.ts';

const [address = '127.0.0.1:28051', sessionId = 'session-1'] = process.argv.slice(2);
const { persist, restore } = SessionService.method;

const client = connectTo(address);
const persisted = await client.call(persist, {
  sessionId,
  updateId: 'order-99281-shipped',
  variables: { orderId: 'ORD-99281', shipped: true },
});
const restored = await client.call(restore, { sessionId });
client.close();

const { variables } = restored.session ?? {};
process.stdout.write(`${JSON.stringify({ sessionId: persisted.sessionId, variables })}\n`);
