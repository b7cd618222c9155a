// Answers that fail behind the method, where they are written.

import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { RefusalInfoSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { connectClient, grpcClient } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

describe.each([
  ['gRPC', grpcClient],
  ['Connect', connectClient],
] as const)('over %s', (_name, clientOf) => {
  test('an answer that cannot be written is a bug: it is logged with its method, and counted', async () => {
    const { baseUrl, service, refused, lines } = await startRpcServer();
    const client = clientOf(baseUrl);
    await client.persist({ sessionId: 'session-1' });
    const restore = service.restore;
    service.restore = async (query) => {
      const session = await restore(query);
      // The one is too large for the wire of protobuf, the other for its JSON.
      const lastUpdated = create(TimestampSchema, { seconds: 10n ** 15n });
      return session && { ...session, revision: 2 ** 40, lastUpdated };
    };
    const error = await errorOf(client.restore({ sessionId: 'session-1' }));
    expect(error.code).toBe(Code.Internal);
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'internal' }]);
    await waitFor(() => expect(refused).toEqual(['internal']));
    expect(lines).toMatchObject([
      { level: 'error', method: 'cognigy.session.v1.SessionService/Restore' },
    ]);
  });
});
