// Timelines and explanations as messages, over every transport.

import { Code, createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import {
  ChangeKind,
  DecidingPart,
  LostAgainst,
  Outcome,
  SessionService,
  TimelineKind,
  UpdateAction,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Codec } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { TRANSPORTS } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

test.each(Object.entries(TRANSPORTS))('%s', async (_name, transportTo) => {
  const { baseUrl, refused } = await startRpcServer();
  const client = createClient(SessionService, transportTo(baseUrl));
  const sessionId = 'session-1';
  const missing = [
    client.timeline({ sessionId }),
    client.explain({ sessionId, pointer: '/userId' }),
  ];
  for (const call of missing) await expect(call).rejects.toMatchObject({ code: Code.NotFound });
  expect(refused).toEqual(['not_found', 'not_found']);
  await client.persist({ sessionId });

  const { entries, ...page } = await client.timeline({ sessionId });
  expect(page).toMatchObject({
    ...{ sessionId, nextPageToken: 'next', revision: 3, mergedUpToRevision: 2 },
    outcome: Outcome.RECOVERED,
  });
  const [change] = entries[0]?.changes ?? [];
  expect([change?.before?.value, change?.posted]).toEqual([undefined, undefined]);
  expect(entries).toMatchObject([
    {
      ...{ name: 'snapshot:b', kind: TimelineKind.REPLACEMENT, codec: Codec.ZSTD, keyId: 'k' },
      ...{ isQuarantined: true, isSpooled: true, isImported: true, stamp: { sequence: 7n } },
      ...{ moreChanges: 2, unchangedKeys: 3, moreAddedSteps: 4, replaces: ['context'] },
      changes: [
        {
          ...{ pointer: '/context/a', kind: ChangeKind.CHANGED },
          before: { type: 'string', sizeBytes: 9999, isOmitted: true },
          after: { value: { kind: { case: 'structValue' } }, type: 'object', isOmitted: false },
        },
      ],
      addedSteps: [{ nodeId: 'n', timestamp: '5' }],
    },
  ]);

  const pointer = '/context/a';
  expect(await client.explain({ sessionId, pointer })).toMatchObject({
    ...{ sessionId, pointer, revision: 3, reason: 'Set.', moreLost: 2, mergedUpToRevision: 2 },
    value: { value: { kind: { case: 'nullValue' } }, type: 'null' },
    decidedBy: {
      ...{ action: UpdateAction.SET, isMerged: true, isSpooled: true, isImported: true },
    },
    lost: [
      {
        ...{ decidedBy: DecidingPart.RECEIVED, lostAgainst: LostAgainst.SET },
        ...{ reason: 'Received earlier.', update: { flowId: 'f', userId: 'u' } },
      },
    ],
    outcome: Outcome.INTACT,
  });
});
