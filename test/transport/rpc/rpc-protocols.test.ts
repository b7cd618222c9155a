import type { JsonObject } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import {
  FrameKind,
  FrameVerdict,
  Outcome,
  PersistStatus,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { grpcClient, TRANSPORTS } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

// Assembled from text, since an object literal would take `__proto__` as its prototype.
const VALUES: JsonObject = JSON.parse(`{
  "__proto__": {"__proto__": 1, "constructor": null},
  "constructor": [],
  "": "empty key",
  "a.b": {"$c": [0, false, null, "", {}, [[]]]},
  "unicode": "\\u0000 é 漢 👩‍👩‍👧 \\u2028",
  "large": 9007199254740991,
  "huge": 1e308,
  "tiny": -5e-324
}`);

describe.each(Object.entries(TRANSPORTS))('%s', (_name, transportTo) => {
  test('persists, restores by session and by user, inspects', async () => {
    const { baseUrl, service } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));

    const persisted = await client.persist({
      sessionId: 'session-1',
      userId: 'user-1',
      flowId: 'flow-1',
      variables: VALUES,
      context: { step: 'greeting' },
      removedVariables: ['gone'],
      history: [{ nodeId: 'start', timestamp: '2024-06-15T10:03:00Z' }],
      timestamp: '2024-06-15T10:03:00Z',
      updateId: 'update-1',
      inputId: 'input-1',
      sequence: 9007199254740991n,
    });
    expect(persisted).toMatchObject({
      sessionId: 'session-1',
      revision: 1,
      status: PersistStatus.ACCEPTED,
    });
    expect(service.commands[0]).toMatchObject({
      receipt: { wallMicros: 1_718_445_780_123_456n, monotonicMs: 42 },
      removedVariables: ['gone'],
      updateId: 'update-1',
      inputId: 'input-1',
      sequence: 9007199254740991n,
    });

    for (const query of [{ sessionId: 'session-1' }, { userId: 'user-1' }]) {
      const { session } = await client.restore(query);
      expect(Object.entries(session?.variables ?? {}).sort()).toEqual(
        Object.entries(VALUES).sort(),
      );
      expect(JSON.stringify(session?.variables)).toContain(
        '"__proto__":{"__proto__":1,"constructor":null}',
      );
      expect(session).toMatchObject({
        sessionId: 'session-1',
        outcome: Outcome.INTACT,
        ttlMs: 86_400_000n,
      });
      expect(session?.history[0]).toMatchObject({
        nodeId: 'start',
        timestamp: '2024-06-15T10:03:00Z',
      });
      expect(session?.lastUpdated).toMatchObject({ seconds: 1_718_445_780n, nanos: 123_000_000 });
    }

    const inspected = await client.inspect({ target: { case: 'sessionId', value: 'session-1' } });
    expect(inspected.session?.frames.map((frame) => frame.verdict)).toEqual([
      FrameVerdict.SOUND,
      FrameVerdict.BAD_DIGEST,
    ]);
    expect(inspected.session?.frames[0]?.stamp?.sequence).toBe(7n);
    expect(inspected.session?.frames[1]?.stamp).toBeUndefined();
    expect(inspected.session).toMatchObject({
      ...{ createdAt: { seconds: 1n }, expiresAt: { seconds: 2n }, lockedUntil: { seconds: 3n } },
      ...{
        tombstone: { erasedAt: { seconds: 4n }, expiresAt: { seconds: 5n } },
        oldestRevision: 1,
      },
    });
    expect(inspected.session?.quarantine).toMatchObject([
      {
        ...{ name: 'snapshot:b', kind: FrameKind.SNAPSHOT, revision: 3, sizeBytes: 4 },
        ...{
          verdict: FrameVerdict.BAD_LENGTH,
          quarantinedAt: { seconds: 6n },
          expiresAt: { seconds: 7n },
        },
      },
    ]);

    const listed = await client.inspect({ target: { case: 'userId', value: 'user-1' } });
    expect(listed.sessions).toMatchObject([{ sessionId: 'session-1', revision: 1 }]);
  });

  test('answers a miss with not_found', async () => {
    const { baseUrl, refused } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));
    await expect(client.restore({ sessionId: 'nobody' })).rejects.toMatchObject({
      code: Code.NotFound,
    });
    const miss = client.inspect({ target: { case: 'sessionId', value: 'nobody' } });
    await expect(miss).rejects.toMatchObject({ code: Code.NotFound });
    const noSessions = await client.inspect({ target: { case: 'userId', value: 'nobody' } });
    expect(noSessions.sessions).toEqual([]);
    expect(refused).toEqual(['not_found', 'not_found']);
  });

  test('refuses an overload as unavailable', async () => {
    const { baseUrl, refused } = await startRpcServer({ limits: { inFlightMax: 0 } });
    const client = createClient(SessionService, transportTo(baseUrl));
    const error = await client.restore({ sessionId: 'session-1' }).catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.Unavailable });
    expect((error as ConnectError).metadata.get('retry-after')).toBe('1');
    expect(refused).toEqual(['overloaded']);
  });
});

test('what an update does not send is no part of it; what is empty, is', async () => {
  const { baseUrl, service } = await startRpcServer();
  const client = grpcClient(baseUrl);
  await client.persist({ sessionId: 's', ifMatch: 'none' });
  await client.persist({ sessionId: 's', variables: {}, context: {} });
  expect(service.commands).toMatchObject([
    { variables: undefined, context: undefined, ifMatch: 'none', lockToken: '' },
    { variables: [], context: [], ifMatch: '' },
  ]);
});

test('the bytes of frames go out where they were asked for, and only those of unsound ones', async () => {
  const { baseUrl } = await startRpcServer();
  const client = grpcClient(baseUrl);
  await client.persist({ sessionId: 's' });
  const target = { case: 'sessionId', value: 's' } as const;
  const rawOf = async (includeRaw: boolean) => {
    const { session } = await client.inspect({ target, includeRaw });
    return [...(session?.frames ?? []), ...(session?.quarantine ?? [])].map(({ raw }) => [...raw]);
  };
  expect(await rawOf(false)).toEqual([[], [], []]);
  expect(await rawOf(true)).toEqual([[], [1, 2, 255], [0, 0, 0, 9]]);
});

test('an earlier revision is asked for by its number', async () => {
  const { baseUrl, service } = await startRpcServer();
  const client = grpcClient(baseUrl);
  await client.persist({ sessionId: 's' });
  await client.restore({ sessionId: 's', revision: 4_294_967_295 });
  await client.restore({ sessionId: 's' });
  expect(service.restores.map(({ revision }) => revision)).toEqual([4_294_967_295, 0]);
  const { session } = await client.inspect({
    target: { case: 'sessionId', value: 's' },
    revision: 5,
  });
  expect(session?.state?.revision).toBe(5);
});
