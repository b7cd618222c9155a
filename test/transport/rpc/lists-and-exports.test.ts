// Lists and exports on every wire: the same fields, and an export that is not complete fails after
// all of it was sent.

import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import {
  type ExportUserResponse,
  ListedBy,
  Outcome,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { send, startWebhookServer } from '../webhook/webhook-server.ts';
import { TRANSPORTS } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

test.each(Object.entries(TRANSPORTS))(
  'a list says all that it may say: %s',
  async (_, transport) => {
    const { baseUrl } = await startRpcServer();
    const client = createClient(SessionService, transport(baseUrl));
    await client.persist({ sessionId: 's', userId: 'u', flowId: 'f' });
    const page = await client.listSessions({
      pageSize: 1,
      outcomes: [Outcome.INTACT],
      locked: true,
    });
    expect(page).toMatchObject({
      ...{ nextPageToken: 'next', examined: 8, mayRepeat: true, unavailable: ['redis:1'] },
      listedBy: ListedBy.SCAN,
      sessions: [
        {
          ...{ sessionId: 's', userId: 'u', flowId: 'f', revision: 1, outcome: Outcome.INTACT },
          ...{ createdAt: { seconds: 1n }, lastEvent: { seconds: 2n }, expiresAt: { seconds: 3n } },
          ...{ lockedUntil: { seconds: 4n }, quarantined: 5, frames: 6, bytes: 7, damaged: true },
        },
      ],
    });
  },
);

test.each([
  [{ pageSize: 201 }, 'page_size'],
  [{ outcomes: [Outcome.UNSPECIFIED] }, 'outcomes'],
  [{ userId: 'u'.repeat(513) }, 'user_id'],
  [{ pageToken: 'x'.repeat(131_073) }, 'page_token'],
])('a list is refused: %o', async (request, field) => {
  const { baseUrl } = await startRpcServer();
  const transport = TRANSPORTS['gRPC over HTTP/2']?.(baseUrl);
  if (!transport) throw new Error('there is no gRPC');
  const call = createClient(SessionService, transport).listSessions(request);
  await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
  await expect(call).rejects.toThrow(field);
});

test.each(Object.entries(TRANSPORTS))('an export is sent before it fails: %s', async (_, to) => {
  const { baseUrl, refused } = await startRpcServer();
  const client = createClient(SessionService, to(baseUrl));
  await client.persist({ sessionId: 's', userId: 'u', variables: { a: [1] } });
  const parts: ExportUserResponse['part'][] = [];
  const read = async () => {
    for await (const { part } of client.exportUser({ userId: 'u' })) parts.push(part);
  };
  const error = ConnectError.from(await read().catch((thrown) => thrown));
  expect(error.code).toBe(Code.Unavailable);
  expect(error.rawMessage).toContain('the export is not complete: 6 parts could not be read');
  expect(parts.map((part) => part.case)).toEqual(['head', 'session', 'session', 'end']);
  expect(parts.map((part) => part.value)).toMatchObject([
    {
      ...{ format: 1, serviceVersion: '1.2.3', userId: 'u', exportedAt: { seconds: 3n } },
      ...{ indexEntries: 4, isBeingErased: true, isRedacted: true },
      tombstone: { erasedAt: { seconds: 1n }, expiresAt: { seconds: 2n } },
    },
    {
      sessionId: 's',
      inspection: { state: { variables: { a: [1] } } },
      values: [{ variables: {} }],
    },
    { sessionId: 'ended', quarantine: [{ raw: expect.any(Uint8Array) }], tombstone: {} },
    {
      ...{ complete: false, sessions: 2, spooledUpdates: 5, problemCount: 6 },
      problems: [{ sessionId: 'away', reason: 'unavailable', message: 'no route' }],
    },
  ]);
  expect(refused).toEqual(['unavailable']);
});

test('an export over HTTP that is not complete is the document, with the status', async () => {
  const { baseUrl, persist, refused } = await startWebhookServer();
  await persist({ sessionId: 's', userId: 'u/1', variables: { a: [1] } });
  const url = `${baseUrl}/api/v1/users/u%2F1/export`;
  const { status, headers, body } = await send('GET', url);
  expect([status, headers.get('cache-control')]).toEqual([503, 'no-store']);
  expect(body).toMatchObject({
    ...{ format: 1, userId: 'u/1', isBeingErased: true, isRedacted: true, indexEntries: 4 },
    exportedAt: '1970-01-01T00:00:03.000Z',
    tombstone: { erasedAt: '1970-01-01T00:00:01.000Z' },
    sessions: [
      {
        ...{ sessionId: 's', live: true, variables: { a: [1] } },
        values: [{ variables: { a: [1] } }],
      },
      { sessionId: 'ended', live: false, quarantine: [{ raw: 'AAAACQ==' }] },
    ],
    ...{ complete: false, sessionCount: 2, problemCount: 6, problems: [{ sessionId: 'away' }] },
  });
  expect(refused).toEqual(['unavailable']);
});
