// Whichever way a call comes, it is counted once, under its method, with the status that it had.

import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { TRANSPORTS } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

test.each(Object.entries(TRANSPORTS))('%s: served calls and refused ones', async (name, to) => {
  const { baseUrl, finished, refused } = await startRpcServer();
  const client = createClient(SessionService, to(baseUrl));
  await client.persist({ sessionId: 'a' });
  await client.restore({ sessionId: 'a' });
  await client.restore({ sessionId: 'b' }).catch(() => {});
  // gRPC says in trailers what became of a call.
  const missing = name.startsWith('gRPC') ? 200 : 404;
  await waitFor(() =>
    expect(finished).toEqual([
      { route: '/cognigy.session.v1.SessionService/Persist', status: 200 },
      { route: '/cognigy.session.v1.SessionService/Restore', status: 200 },
      { route: '/cognigy.session.v1.SessionService/Restore', status: missing },
    ]),
  );
  expect(refused).toEqual(['not_found']);
});
