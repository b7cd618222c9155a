// The largest session that is taken can be read back, by a Cognigy flow and over gRPC.

import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';

/** What Cognigy's HTTP Request node reads of an answer. */
const NODE_READS_BYTES = 524_000;

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Fills a session with pieces until one is refused; answers how many were taken. */
async function fill(sessionId: string, piece: unknown): Promise<number> {
  const url = `${app.webhook}/webhook/cognigy/session`;
  const name = `${JSON.stringify(piece).length} `;
  for (let count = 0; ; count++) {
    const { status } = await post(url, { sessionId, variables: { [`${name}${count}`]: piece } });
    if (status === 413) return count;
    expect(status).toBe(200);
  }
}

test('a full session with a full history fits what Cognigy’s node reads', async () => {
  const sessionId = 'full';
  const firstMs = Date.now();
  const history = Array.from({ length: 500 }, (_, step) => ({
    nodeId: `node-${step}`,
    timestamp: new Date(firstMs + step).toISOString(),
  }));
  await post(`${app.webhook}/webhook/cognigy/session`, { sessionId, history });
  expect(await fill(sessionId, 'x'.repeat(4000))).toBeGreaterThan(100);
  await fill(sessionId, 'x'.repeat(300));
  const answer = await fetch(`${app.webhook}/webhook/cognigy/restore`, {
    method: 'POST',
    headers: { 'x-api-key': SECRET },
    body: JSON.stringify({ sessionId }),
  });
  const bytes = (await answer.arrayBuffer()).byteLength;
  expect(bytes).toBeGreaterThan(480 * 1024);
  expect(bytes).toBeLessThan(NODE_READS_BYTES);
});

test('a full session of small numbers, which Struct makes large, is restored over gRPC', async () => {
  const sessionId = 'numbers';
  await fill(
    sessionId,
    Array.from({ length: 20_000 }, () => 1),
  );
  const client = createClient(SessionService, createGrpcTransport({ baseUrl: app.rpc }));
  const { session } = await client.restore({ sessionId });
  expect(Object.keys(session?.variables ?? {}).length).toBeGreaterThan(10);
});
