// Getting sessions back, through real sockets: restored for a flow, inspected by a developer.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const session = () => `${app.webhook}/webhook/cognigy/session`;
const restore = async (body: unknown) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

describe('restore', () => {
  test('by user gives the newest live session, as after a page reload', async () => {
    const userId = randomUUID();
    const [older, newer] = [randomUUID(), randomUUID()];
    await post(session(), {
      sessionId: newer,
      userId,
      timestamp: 1_718_445_790,
      variables: { n: 2 },
    });
    await post(session(), {
      sessionId: older,
      userId,
      timestamp: 1_718_445_780,
      variables: { n: 1 },
    });
    expect(await restore({ userId })).toMatchObject({
      found: true,
      sessionId: newer,
      variables: { n: 2 },
    });
    const both = await restore({ sessionId: randomUUID(), userId });
    expect(both).toMatchObject({ found: true, sessionId: newer });
    expect(await restore({ session_id: older, userId })).toMatchObject({ sessionId: older });
  });

  test('by user never gives a session that has become somebody else’s', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const sessionId = randomUUID();
    await post(session(), { sessionId, userId: first, timestamp: 1_718_445_780 });
    await post(session(), { sessionId, userId: second, timestamp: 1_718_445_781 });
    expect(await restore({ userId: first })).toEqual({ found: false });
    expect(await restore({ userId: second })).toMatchObject({ found: true, sessionId });
  });

  test('that finds nothing is no error for a flow, and 404 for a developer', async () => {
    expect(await restore({ sessionId: randomUUID() })).toEqual({ found: false });
    const missing = await get(`${app.webhook}/api/v1/state/${randomUUID()}/restore`);
    expect([missing.status, missing.body.error]).toEqual([
      404,
      'No state available for restoration',
    ]);
  });

  test('is never stored by a cache, nor is a refusal', async () => {
    const missing = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId: 'none' });
    const state = `${app.webhook}/api/v1/state/none/restore`;
    for (const { headers } of [missing, await get(state), await get(state, {})]) {
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  test('takes ids that do not fit a path, and percent-encoded ones that do', async () => {
    for (const sessionId of [
      'a@b+c/d?e#f',
      '+49 170',
      'session-1.2e+12',
      '{*}[?]:\\',
      'ü'.repeat(256),
    ]) {
      await post(session(), { sessionId, variables: { at: sessionId } });
      expect(await restore({ sessionId })).toMatchObject({
        sessionId,
        variables: { at: sessionId },
      });
      const path = await get(
        `${app.webhook}/api/v1/state/${encodeURIComponent(sessionId)}/restore`,
      );
      expect(path.body).toMatchObject({ sessionId, variables: { at: sessionId } });
    }
  });
});

describe('inspect', () => {
  test('shows the state and every frame, on both tutorials’ routes', async () => {
    const sessionId = randomUUID();
    await post(session(), {
      sessionId,
      variables: { a: 1 },
      timestamp: 1_718_445_780,
      execution: 3,
    });
    const { status, body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ sessionId, variables: { a: 1 }, outcome: 'intact', revision: 1 });
    expect(body.frames).toEqual([
      expect.objectContaining({
        kind: 'delta',
        revision: 1,
        verdict: 'sound',
        variables: ['a'],
        updates: 1,
      }),
    ]);
    expect(body.frames[0].stamp).toMatchObject({ sequence: 3 });
    const debug = await get(`${app.webhook}/debug/session/${sessionId}`);
    expect(debug.body.frames).toEqual(body.frames);
  });

  test.each([
    ['/api/v1/state/none', 'State not found or expired'],
    ['/debug/session/none', 'Session not found or expired'],
  ])('of a missing session on %s is 404', async (path, error) => {
    const { status, body } = await get(app.webhook + path);
    expect([status, body]).toEqual([
      404,
      { error, code: 'not_found', reason: 'not_found', details: [] },
    ]);
  });
});
