// Removed keys are remembered for a while, so that older updates do not bring them back. Nobody
// sees that memory, so it does not count against what a session may hold.

import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import { fold } from '../../../src/session/fold.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { appendOf, compactionOf } from '../../contract/store-under-test.ts';
import { openStore, standaloneTarget } from '../../support/redis-store.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { commandOf, createTestService, NOTHING, receiptNow } from '../../support/test-service.ts';
import { openScratch } from '../scratch-services.ts';

/** SESSION_MAX_BYTES, where nothing else is set. */
const SESSION_MAX_BYTES = 480 * 1024;
const SHARE_BYTES = SESSION_MAX_BYTES / 8;

const text = (key: string, bytes: number) => ({ key, json: JSON.stringify('x'.repeat(bytes)) });
const longKeys = (count: number) =>
  Array.from(
    { length: count },
    (_, place) => `${String(place).padStart(4, '0')}-${'k'.repeat(90)}`,
  );

describe.each<[string, () => Promise<SessionStore>]>([
  ['SQLite', async () => openScratch().store],
  [
    'Redis',
    async () => {
      const store = await openStore(standaloneTarget());
      onTestFinished(() => store.close());
      return store;
    },
  ],
])('on %s', (_name, open) => {
  async function start() {
    const store = await open();
    const sessionId = randomUUID();
    const results: string[] = [];
    const service = createTestService(store, {
      settings: { sessionMaxBytes: SESSION_MAX_BYTES },
      patience: { requestDeadlineMs: 10_000 },
      observer: { compactionEnded: ({ result }) => results.push(result) },
    });
    const persist = async (given: Partial<PersistCommand>) => {
      const answer = await service.persist(commandOf({ sessionId, ...given }));
      await service.compactor.idle();
      return answer;
    };
    const inspect = () => service.inspect({ receipt: receiptNow(), sessionId, revision: 0 });
    const shown = async () => (await inspect())?.state.variables.map(({ key }) => key) ?? [];
    return { store, service, sessionId, results, persist, inspect, shown };
  }

  test('a session whose 4500 keys were removed takes what an empty one does', async () => {
    const { persist, inspect, shown } = await start();
    const keys = longKeys(4500);
    for (let at = 0; at < keys.length; at += 900) {
      const some = keys.slice(at, at + 900);
      await persist({ variables: some.map((key) => ({ key, json: '1' })) });
      await persist({ removedVariables: some });
    }
    expect(await shown()).toEqual([]);
    await persist({ variables: [text('a', 60_000)] });
    await persist({ variables: [text('b', 60_000)] });
    await persist({ variables: [text('c', 370_000)] });
    expect(await shown()).toEqual(['a', 'b', 'c']);
    // What is shown fills it, so what is remembered has made way.
    const inspection = await inspect();
    expect(inspection?.rememberedRemovals.variables).toBeLessThan(200);
    await expect(persist({ variables: [text('d', 10_000)] })).rejects.toMatchObject({
      reason: 'too_large',
    });
    await persist({ variables: [text('c', 370_500)] });
    expect(await shown()).toEqual(['a', 'b', 'c']);
  });

  test.each([60_000, 480_000])(
    'one full of removals, as an older version left it, takes an update of %d bytes',
    async (bytes) => {
      const { store, sessionId, persist, inspect, shown } = await start();
      const removals = longKeys(3000).map((key, place) => {
        const posted = { ...NOTHING, sessionId, updateId: `u-${place}`, removedVariables: [key] };
        return createSessionUpdate(posted, BigInt(Date.now()) * 1000n + BigInt(place));
      });
      const [first] = removals;
      const state = fold(
        sessionId,
        removals.map(({ delta }) => delta),
      );
      await store.append(
        appendOf(sessionId, { updateId: first?.updateId ?? '', frame: Buffer.from('-') }),
      );
      const stored = await store.read(sessionId);
      if (!stored) throw new Error('the session is missing');
      const made = compactionOf(sessionId, stored);
      await store.compact({ ...made, snapshot: { ...made.snapshot, frame: encodeFrame(state) } });
      expect((await store.read(sessionId))?.snapshotBytes).toBeGreaterThan(450_000);
      expect(await inspect()).toMatchObject({
        rememberedRemovals: { variables: 3000, context: 0 },
      });

      await persist({ variables: [text('a', bytes)] });
      expect(await shown()).toEqual(['a']);
      const kept = (await inspect())?.rememberedRemovals.variables ?? 0;
      if (bytes < 100_000) expect(kept).toBeGreaterThan(300);
    },
  );

  test('updates that fit are not held up by a compaction each', async () => {
    const { persist, results } = await start();
    for (const key of longKeys(1500)) await persist({ removedVariables: [key] });
    results.length = 0;
    for (let turn = 0; turn < 200; turn++) await persist({ variables: [text('a', 1000)] });
    expect(results.length).toBeLessThan(20);
  });

  test('a removal is remembered across compactions, and holds against an older update', async () => {
    const { service, sessionId, persist, inspect, shown } = await start();
    const now = receiptNow();
    const secondsAgo = (seconds: number) => ({
      ...now,
      wallMicros: now.wallMicros - BigInt(seconds) * 1_000_000n,
    });
    await persist({ receipt: secondsAgo(1), variables: [{ key: 'cart', json: '1' }] });
    await persist({ removedVariables: ['cart'], removedContext: ['a', 'b'] });
    for (let turn = 0; turn < 40; turn++) await persist({ variables: [text('filler', 20_000)] });
    await service.compactor.compact(sessionId);
    await persist({ receipt: secondsAgo(2), variables: [{ key: 'cart', json: '2' }] });
    expect(await shown()).toEqual(['filler']);
    expect((await inspect())?.rememberedRemovals).toEqual({ variables: 1, context: 2 });
  });

  test('a snapshot remembers no more than its share', async () => {
    const { service, store, sessionId, persist, inspect } = await start();
    for (let at = 0; at < 4; at++)
      await persist({ removedContext: longKeys(4000).slice(at * 1000, (at + 1) * 1000) });
    await service.compactor.compact(sessionId);
    expect((await store.read(sessionId))?.snapshotBytes).toBeLessThan(SHARE_BYTES + 200);
    const { rememberedRemovals, frames } = (await inspect()) ?? {};
    expect(rememberedRemovals?.context).toBeGreaterThan(500);
    // The newest ones.
    expect(frames?.[0]?.removedContext.every((key) => Number(key.slice(0, 4)) >= 3000)).toBe(true);
  });
});
