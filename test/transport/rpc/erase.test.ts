// Erase and EraseUser as calls, and updates that an erase has dropped.

import { createClient } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import {
  Durability,
  Outcome,
  PendingErasureKind,
  PersistStatus,
  RefusalInfoSchema,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { grpcClient, TRANSPORTS } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

describe.each(Object.entries(TRANSPORTS))('%s', (_name, transportTo) => {
  test('erases a session and says what went and what may be on its way', async () => {
    const { baseUrl, service } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));
    const { etag } = await client.persist({ sessionId: 's', userId: 'u' });
    await client.lock({ sessionId: 's' });
    const { session } = await client.erase({ sessionId: 's', ifMatch: etag, updateId: 'erase-1' });
    expect(session).toMatchObject({
      ...{ sessionId: 's', found: true, frames: 5, quarantined: 2, locked: true, indexEntries: 1 },
      durability: Durability.REPLICATED,
      pending: [{ kind: PendingErasureKind.LATE_UPDATES, until: { seconds: 86_400n, nanos: 0 } }],
    });
    expect(service.erases).toMatchObject([
      { sessionId: 's', ifMatch: etag, updateId: 'erase-1', receipt: { monotonicMs: 42 } },
    ]);
    expect((await client.erase({ sessionId: 's' })).session).toMatchObject({
      found: false,
      locked: false,
    });
  });

  test('erases a user, session by session', async () => {
    const { baseUrl } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));
    for (const sessionId of ['a', 'b']) await client.persist({ sessionId, userId: 'u' });
    const erased = await client.eraseUser({ userId: 'u' });
    expect(erased).toMatchObject({
      userId: 'u',
      sessions: [
        { sessionId: 'a', found: true },
        { sessionId: 'b', found: true },
      ],
      erased: 2,
      remaining: 3,
      pending: [{ kind: PendingErasureKind.USER_INDEX, until: { seconds: 2n } }],
    });
    expect((await client.eraseUser({ userId: 'u' })).sessions).toEqual([]);
  });

  test('tells of a user what is kept, and that it is being erased', async () => {
    const { baseUrl } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));
    await client.persist({ sessionId: 'a', userId: 'u' });
    const { sessions, user } = await client.inspect({ target: { case: 'userId', value: 'u' } });
    expect(sessions).toMatchObject([{ sessionId: 'a', outcome: Outcome.INTACT }]);
    expect(user).toMatchObject({
      ...{ indexEntries: 2, isBeingErased: true },
      tombstone: { erasedAt: { seconds: 1n }, expiresAt: { seconds: 2n } },
    });
  });
});

test('an erase of another session than was meant is refused, and counted as a conflict', async () => {
  const { baseUrl, refused } = await startRpcServer();
  const client = grpcClient(baseUrl);
  const { etag } = await client.persist({ sessionId: 's' });
  const error = await errorOf(client.erase({ sessionId: 's', ifMatch: 'other' }));
  expect(error.findDetails(RefusalInfoSchema)).toMatchObject([
    { reason: 'conflict', etag, revision: 1 },
  ]);
  expect(refused).toEqual(['conflict']);
});

test('an update that was dropped has no place, no etag and no durability', async () => {
  const { baseUrl } = await startRpcServer();
  const dropped = await grpcClient(baseUrl).persist({ sessionId: 's', updateId: 'erased' });
  expect(dropped).toMatchObject({
    ...{ sessionId: 's', status: PersistStatus.DROPPED, revision: 0, etag: '', known: false },
    durability: Durability.UNSPECIFIED,
  });
});
