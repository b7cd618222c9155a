// Connect’s paths on the webhook listener.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('Connect on the webhook listener', () => {
  const rpc = (method: string) => `${app.webhook}/cognigy.session.v1.SessionService/${method}`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };

  test('serves Persist and Restore, behind the webhook’s credential', async () => {
    const sessionId = randomUUID();
    const persisted = await post(rpc('Persist'), { sessionId, variables: { a: 1 } }, headers);
    expect(persisted.body).toMatchObject({
      sessionId,
      status: 'PERSIST_STATUS_ACCEPTED',
      revision: 1,
    });
    const restored = await post(rpc('Restore'), { sessionId }, headers);
    expect(restored.body.session).toMatchObject({ sessionId, variables: { a: 1 } });
    expect(
      (await post(rpc('Restore'), { sessionId }, { 'content-type': 'application/json' })).status,
    ).toBe(401);
  });

  test('is strict: a field that is none of the proto’s is refused by name', async () => {
    const { status, body } = await post(rpc('Persist'), { sessionId: 's', execution: 3 }, headers);
    expect([status, body.code]).toEqual([400, 'invalid_argument']);
    expect(body.message).toContain('execution');
  });

  test('serves nothing else', async () => {
    for (const method of ['Inspect', 'Lock', 'Unlock', 'Erase', 'EraseUser']) {
      expect((await post(rpc(method), { sessionId: 'a' }, headers)).status).toBe(501);
    }
  });
});
