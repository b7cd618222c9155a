// Sessions that are full of the smallest parts that updates may bring: reading one, or folding it,
// does not hold the event loop for long.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  HELD_MAX_MS,
  startWatchedApp,
  type WatchedApp,
  type Wire,
} from '../../support/held-loop.ts';
import { post } from '../../support/running-app.ts';

let watched: WatchedApp;
beforeAll(async () => {
  watched = await startWatchedApp();
});
afterAll(() => watched.stop());

const NONE = Buffer.alloc(0);
const name = (index: number) => index.toString(36);
const DEEP = '['.repeat(28) + ']'.repeat(28);

/** Updates of which a session is built until it is full. */
const SESSIONS: Record<string, (count: number) => object> = {
  'tiny keys': (count) => ({
    variables: Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [name(count * 2000 + i), 1]),
    ),
  }),
  'empty lists, deep and wide': (count) => ({
    variables: { [name(count)]: Array(1700).fill(JSON.parse(DEEP)) },
  }),
  'small numbers': (count) => ({ variables: { [name(count)]: Array(49_000).fill(1) } }),
  'small objects': (count) => ({
    variables: {
      [name(count)]: Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [name(i), {}])),
    },
  }),
  removals: (count) => ({
    removedContext: Array.from({ length: 2000 }, (_, i) => name(count * 2000 + i)),
  }),
  'steps, and little else': (count) => ({
    variables: { [name(count)]: 'x'.repeat(20_000) },
    history: Array.from({ length: 1000 }, (_, i) => ({
      nodeId: name(count * 1000 + i),
      timestamp: '2024-06-15T10:00:00Z',
    })),
  }),
};

describe.each(Object.entries(SESSIONS))('a full session: %s', (sessionId, update) => {
  beforeAll(async () => {
    const body = (count: number) => JSON.stringify({ sessionId, ...update(count) });
    for (let count = 0; count < 100; count++) {
      const { status } = await post(`${watched.app.webhook}/webhook/cognigy/session`, body(count));
      if (status === 413) break;
      expect(status).toBe(200);
    }
  });

  const path = `/api/v1/state/${encodeURIComponent(sessionId)}`;
  const request = JSON.stringify({ session_id: sessionId });
  const encoded = Buffer.concat([Buffer.from([0x0a, sessionId.length]), Buffer.from(sessionId)]);
  const CALLS: [string, Wire, string, Buffer][] = [
    ['restored over the webhook', 'webhook', `${path}/restore`, NONE],
    ['inspected over the webhook', 'webhook', path, NONE],
    ['restored over Connect JSON', 'connect-json', 'Restore', Buffer.from(request)],
    ['inspected over Connect JSON', 'connect-json', 'Inspect', Buffer.from(request)],
    ['restored over gRPC', 'grpc', 'Restore', encoded],
    ['inspected over gRPC', 'grpc', 'Inspect', encoded],
  ];

  test.each(CALLS)('is %s', async (_name, wire, call, body) => {
    const answer = await watched.heldBy(wire, call, body);
    expect(answer).toMatchObject(wire === 'grpc' ? { grpcStatus: 0 } : { status: 200 });
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });

  test('is compacted, and refuses what has no room', async () => {
    const body = JSON.stringify({ sessionId, ...update(1000) });
    const answer = await watched.heldBy('webhook', '/webhook/cognigy/session', Buffer.from(body));
    expect([200, 413]).toContain(answer.status);
    expect(answer.heldMs).toBeLessThan(HELD_MAX_MS);
  });
});
