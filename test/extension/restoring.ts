// The node "Restore session" against the service.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tamperSqlite } from '../contract/sqlite-tamper.ts';
import { get, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import type { Extension } from './built-extension.ts';
import { bytesOf, createFlow, type Flow } from './flow.ts';

/** Declares the tests of restoring. */
export function describeRestoring(extension: () => Extension): void {
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  let app: RunningApp;
  beforeAll(async () => {
    app = await startTestApp({ DATA_DIR: folder });
  });
  afterAll(async () => {
    await app?.stop();
    rmSync(folder, { recursive: true });
  });

  const connection = () => ({ baseUrl: app.webhook, secret: SECRET });

  /** A later session of a user who has left a context. */
  async function returning(saved: object, context: object = {}): Promise<Flow> {
    const first = createFlow(extension(), { context: { ...saved } });
    await first.run('saveSession', { connection: connection() });
    expect(first.input.savedSession).toMatchObject({ saved: true });
    const { userId } = first.input;
    return createFlow(extension(), { input: { userId }, context: { ...context } });
  }

  /** A session of so many saves, of which so many of the first are damaged. */
  async function damaged(saves: number, count: number): Promise<Flow> {
    const flow = createFlow(extension(), {});
    for (let save = 0; save < saves; save++) {
      flow.context = { [`key${save}`]: save };
      await flow.run('saveSession', { connection: connection() });
    }
    const sessionId = String(flow.input.sessionId);
    const { body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    for (const { name } of body.frames.slice(0, count))
      await tamperSqlite(join(folder, 'sessions.db'), sessionId, {
        ...{ frame: name, value: Buffer.alloc(60, 'x') },
      });
    flow.context = {};
    return flow;
  }

  test('finds the latest session of the user with nothing but a Connection', async () => {
    const saved = { orderId: 'ORD-99281', zero: 0, no: false, nothing: null, list: [] };
    const flow = await returning(saved);
    expect(await flow.run('restoreSession', { connection: connection() })).toBe('sessionFound');
    expect(flow.input.session).toMatchObject({
      ...{ result: 'found', found: true, outcome: 'intact', context: saved, revision: 1 },
    });
    expect(flow.context).toEqual({});
  });

  test('finds nothing of a new user, nor of another session if it looks for this one', async () => {
    const stranger = createFlow(extension(), {});
    expect(await stranger.run('restoreSession', { connection: connection() })).toBe(
      'sessionNotFound',
    );
    expect(stranger.input.session).toMatchObject({ result: 'notFound', found: false });
    const flow = await returning({ a: 1 });
    const fields = { connection: connection(), lookUp: 'session' };
    expect(await flow.run('restoreSession', fields)).toBe('sessionNotFound');
  });

  test('says that a part is damaged, and continues with the rest', async () => {
    const flow = await damaged(2, 1);
    const fields = { connection: connection(), writeContext: 'merge' };
    expect(await flow.run('restoreSession', fields)).toBe('sessionFound');
    expect(flow.input.session).toMatchObject({ result: 'found', outcome: 'recovered' });
    expect(flow.context).toEqual({ key1: 1 });
    expect(flow.logs.at(-1)).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/damaged/),
    });
  });

  test('has a child for what cannot be read, and writes no fallback into the context', async () => {
    const flow = await damaged(1, 1);
    const fields = { connection: connection(), writeContext: 'replace' };
    flow.context = { mine: 1 };
    expect(await flow.run('restoreSession', fields)).toBe('sessionFallback');
    expect(flow.input.session).toMatchObject({ result: 'fallback', outcome: 'fallback' });
    expect(flow.context).toEqual({ mine: 1 });
    expect(flow.logs.at(-1)).toMatchObject({ level: 'error' });
  });

  describe('writing into the context', () => {
    const cases = [
      ['no', { both: 'now', now: 1 }],
      ['merge', { both: 'then', now: 1, former: { deep: [0] } }],
      ['replace', { both: 'then', former: { deep: [0] } }],
    ] as const;

    test.each(cases)('%s', async (writeContext, expected) => {
      const flow = await returning(
        { both: 'then', former: { deep: [0] } },
        { both: 'now', now: 1 },
      );
      await flow.run('restoreSession', { connection: connection(), writeContext });
      expect(flow.context).toEqual(expected);
    });

    test('leaves out keys that the context cannot hold, and names them', async () => {
      const saved = JSON.parse('{"plain":1,"a.b":2,"list[0]":3,"":4,"__proto__":{"x":5}}');
      const flow = await returning(saved);
      await flow.run('restoreSession', { connection: connection(), writeContext: 'merge' });
      expect(flow.context).toEqual({ plain: 1 });
      const { contextWritten, contextLeftOut } = flow.input.session as Record<string, string[]>;
      expect(contextWritten).toEqual(['plain']);
      expect(contextLeftOut?.sort()).toEqual(['', '__proto__', 'a.b', 'list[0]']);
      expect(flow.logs.at(-1)).toMatchObject({ level: 'warn' });
    });

    test('writes as many keys as Cognigy allows, and of more none', async () => {
      const keys = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, number) => [`key${number}`, number]));
      const fields = { connection: connection(), writeContext: 'merge' };
      // One of the nine is there already.
      const within = await returning(keys(9), { key0: 0, mine: 1 });
      expect(await within.run('restoreSession', fields)).toBe('sessionFound');
      expect(within.context).toEqual({ ...keys(9), mine: 1 });
      const beyond = await returning(keys(9), { mine: 1 });
      expect(await beyond.run('restoreSession', fields)).toBe('sessionUnavailable');
      expect(beyond.context).toEqual({ mine: 1 });
      expect(beyond.input.session).toMatchObject({ error: { reason: 'too_many_keys' } });
    });

    test('writes nothing that Cognigy would replace by an error', async () => {
      // Twice as many bytes as characters, with the context of the flow.
      const flow = await returning({ former: 'x'.repeat(20_000) }, { now: 'y'.repeat(12_000) });
      const fields = { connection: connection(), writeContext: 'merge' };
      expect(await flow.run('restoreSession', fields)).toBe('sessionUnavailable');
      expect(flow.input.session).toMatchObject({ error: { reason: 'context_too_large' } });
      expect(bytesOf(flow.context)).toBeLessThan(30_000);
    });
  });

  test('stops where its child is missing, and takes no other one', async () => {
    const nodes = extension().nodes.map((node) => ({ ...node, dependencies: { children: [] } }));
    const flow = createFlow({ ...extension(), nodes }, {});
    await expect(flow.run('restoreSession', { connection: connection() })).rejects.toThrow(
      /no child for "notFound": delete it, and add it again/,
    );
  });

  test('does not hand over an answer that Cognigy would not take', async () => {
    const flow = await returning({ text: 'x'.repeat(31_000) });
    expect(await flow.run('restoreSession', { connection: connection() })).toBe(
      'sessionUnavailable',
    );
    expect(flow.input.session).toMatchObject({ error: { reason: 'answer_too_large' } });
  });
}
