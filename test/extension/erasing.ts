// The node "Erase session" against the service.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import type { Extension } from './built-extension.ts';
import { createFlow } from './flow.ts';
import { startServer } from './servers.ts';

/** Declares the tests of erasing. */
export function describeErasing(extension: () => Extension): void {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.stop());

  const connection = () => ({ baseUrl: app.webhook, secret: SECRET });

  test('erases this session alone with nothing but a Connection', async () => {
    const kept = createFlow(extension(), { context: { a: 1 } });
    const { userId } = kept.input;
    const erased = createFlow(extension(), { input: { userId }, context: { a: 2 } });
    for (const flow of [kept, erased]) await flow.run('saveSession', { connection: connection() });
    await erased.run('eraseSession', { connection: connection() });
    expect(erased.input.erasedSession).toMatchObject({ erased: true, found: true, attempts: 1 });
    const fields = { connection: connection(), lookUp: 'session' };
    expect(await erased.run('restoreSession', fields)).toBe('sessionNotFound');
    expect(await kept.run('restoreSession', fields)).toBe('sessionFound');
  });

  test('erases all sessions of the user', async () => {
    const first = createFlow(extension(), { context: { a: 1 } });
    const { userId } = first.input;
    const second = createFlow(extension(), { input: { userId }, context: { a: 2 } });
    for (const flow of [first, second]) await flow.run('saveSession', { connection: connection() });
    await second.run('eraseSession', { connection: connection(), erase: 'user' });
    expect(second.input.erasedSession).toMatchObject({
      ...{ erased: true, userId, remaining: 0, erasedSessions: 2 },
    });
    for (const flow of [first, second])
      expect(await flow.run('restoreSession', { connection: connection() })).toBe(
        'sessionNotFound',
      );
  });

  test('does not say that all is erased while the service erases the rest', async () => {
    const answer = { status: 'erasing', userId: 'u', erased: 1000, remaining: 7, sessions: [] };
    const baseUrl = await startServer((_, response) => response.end(JSON.stringify(answer)));
    const flow = createFlow(extension(), {});
    await flow.run('eraseSession', { connection: { ...connection(), baseUrl }, erase: 'user' });
    expect(flow.input.erasedSession).toMatchObject({
      ...{ erased: false, status: 'erasing', erasedSessions: 1000, remaining: 7 },
    });
    expect(flow.logs.at(-1)).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/7 entr/),
    });
  });

  test('stops the flow if it is not certain that all is erased', async () => {
    const flow = createFlow(extension(), {});
    const wrong = { ...connection(), secret: 'another' };
    await expect(flow.run('eraseSession', { connection: wrong })).rejects.toThrow(
      /^Erase session, not erased: 401 wrong_credential/,
    );
    expect(flow.input.erasedSession).toMatchObject({ erased: false, error: { status: 401 } });
    await flow.run('eraseSession', { connection: wrong, onFailure: 'continue' });
    expect(flow.logs.map(({ level }) => level)).toEqual(['error', 'error']);
  });
}
