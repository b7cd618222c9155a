// Watchers of a real store, however slow they are and whatever happens meanwhile: merging, erasing,
// expiring.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { WatchCommand, WatchedEvent } from '../../../src/service/session-service.ts';
import { UNNAMED_CALLER } from '../../../src/session/caller.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';
import { until } from '../../support/until.ts';

const TTL_MS = 60_000;
/** Some updates make a compaction due. */
const FILLER = 'x'.repeat(600);

type Step = { do: 'save'; keys: string[] } | { do: 'erase' | 'expire' | 'pause' | 'resume' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('save' as const),
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('erase' as const, 'expire' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
);

/** One update that was saved: in which life of the session, and what it set. */
type Saved = { life: number; revision: number; keys: string[] };

function openService() {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  let aheadMs = 0;
  const store = createSqliteStore({
    path: join(folder, 'sessions.db'),
    nowMs: () => Date.now() + aheadMs,
  });
  const service = createTestService(store, { settings: { sessionTtlMs: TTL_MS } });
  return {
    service,
    pass: (ms: number) => {
      aheadMs += ms;
    },
    async close() {
      await service.compactor.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Takes events until it is stopped, and none while it is paused. */
function watcherOf(
  watch: (command: WatchCommand) => AsyncGenerator<WatchedEvent>,
  target = { sessionId: 's', userId: '' },
) {
  const ending = new AbortController();
  const events: WatchedEvent[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const watching = (async () => {
    const command = { ...target, resumeFrom: [], heartbeatMs: 60_000 };
    for await (const event of watch({ ...command, receipt: receiptNow(), signal: ending.signal })) {
      events.push(event);
      await gate.promise;
    }
  })();
  return {
    events,
    pause() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    resume: () => gate.resolve(),
    async stop() {
      gate.resolve();
      ending.abort();
      await watching;
    },
  };
}

/** Follows the events as a caller does; answers the etag that it ends with. Fails where one is
 * missing. */
function followed(events: readonly WatchedEvent[], saved: ReadonlyMap<string, Saved>): string {
  let at: Saved = { life: 0, revision: 0, keys: [] };
  let etag = '';
  let hasEnded = false;
  for (const event of events) {
    if (event.kind === 'erased' || event.kind === 'expired') hasEnded = true;
    if (event.kind === 'reset') {
      etag = event.live?.etag ?? '';
      at = saved.get(etag) ?? { ...at, revision: 0 };
      hasEnded = event.live === undefined;
    }
    if (event.kind !== 'update') continue;
    const { update } = event;
    const of = saved.get(update.etag);
    expect(of, 'an update that was saved').toBeDefined();
    if (!of) continue;
    expect(update.revision).toBe(of.revision);
    const isNext = of.life === at.life && of.revision <= at.revision + 1;
    const isFirst = of.life > at.life && of.revision === 1 && (hasEnded || at.life === 0);
    expect(isNext || isFirst, `revision ${of.revision} after ${at.revision}`).toBe(true);
    if (update.isPartial) expect(of.keys).toEqual(expect.arrayContaining([...update.variables]));
    else expect([...update.variables].sort()).toEqual([...of.keys].sort());
    at = of;
    etag = update.etag;
    hasEnded = false;
  }
  return etag;
}

test('a watcher misses nothing, however slow it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { service, pass, close } = openService();
      const watcher = watcherOf(service.watch);
      try {
        const saved = new Map<string, Saved>();
        let life = 1;
        let last = '';
        for (const one of steps) {
          if (one.do === 'pause') watcher.pause();
          if (one.do === 'resume') watcher.resume();
          if (one.do === 'expire') pass(TTL_MS + 1);
          if (one.do === 'erase')
            await service.erase({
              receipt: receiptNow(),
              sessionId: 's',
              ifMatch: '',
              updateId: '',
            });
          if (one.do === 'erase' || one.do === 'expire') life++;
          if (one.do !== 'save') continue;
          const variables = one.keys.map((key) => ({ key, json: JSON.stringify(FILLER) }));
          const { revision, etag, status } = await service.persist(commandOf({ variables }));
          // One of the same millisecond as an erase is dropped.
          if (status !== 'accepted') continue;
          saved.set(etag, { life, revision, keys: one.keys });
          last = etag;
        }
        // One more, so that there is something to wait for.
        const variables = [{ key: 'last', json: '1' }];
        await until('a last update', async () => {
          const { revision, etag, status } = await service.persist(commandOf({ variables }));
          if (status !== 'accepted') return undefined;
          saved.set(etag, { life, revision, keys: ['last'] });
          last = etag;
          return true;
        });
        watcher.resume();
        await until('the last update', () =>
          followed(watcher.events, saved) === last ? true : undefined,
        );
      } finally {
        await watcher.stop();
        await close();
      }
    }),
    { numRuns: 25 },
  );
});

test.each([
  ['another session', { sessionId: 's' }, 't', 'is not the session that is watched'],
  ['a session that is not named', { userId: 'u' }, '', 'is required'],
  ['an id that was not resolved', { userId: 'u' }, 'undefined', 'was not resolved'],
])('a position in %s is refused', async (_, target, sessionId, words) => {
  const { service, close } = openService();
  onTestFinished(close);
  const command: WatchCommand = {
    ...{ sessionId: '', userId: '', ...target, heartbeatMs: 1000 },
    ...{ receipt: receiptNow(), signal: AbortSignal.abort() },
    resumeFrom: [{ sessionId, revision: 1, etag: '' }],
  };
  const first = service.watch(command).next();
  await expect(first).rejects.toThrow(`resumeFrom/0/sessionId ${words}`);
});

test('a watcher of a user has heartbeats while sessions of others change', async () => {
  const { service, close } = openService();
  onTestFinished(close);
  const caller = { ...UNNAMED_CALLER, idPrefix: 'own:' };
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const command = { sessionId: '', userId: 'own:u', resumeFrom: [], heartbeatMs: 200 };
  const receipt = { ...receiptNow(), caller };
  const save = () => service.persist(commandOf({ userId: 'own:u' }));
  await save();
  const kinds: string[] = [];
  const watching = (async () => {
    const events = service.watch({ ...command, receipt, signal: ending.signal });
    for await (const { kind } of events) kinds.push(kind);
  })();
  await until('three events', async () => {
    await save();
    return kinds.length >= 3 ? true : undefined;
  });
  ending.abort();
  await watching;
  expect(new Set(kinds)).toEqual(new Set(['heartbeat']));
});

test('who watches what others watch already is given it at once', async () => {
  const { service, close } = openService();
  onTestFinished(close);
  await service.persist(commandOf({ userId: 'u', variables: [{ key: 'a', json: '1' }] }));
  const watchers = [];
  for (const nth of ['first', 'second', 'third']) {
    const watcher = watcherOf(service.watch, { sessionId: '', userId: 'u' });
    onTestFinished(() => watcher.stop());
    watchers.push(watcher);
    const event = await until(`an event of the ${nth}`, () => watcher.events[0]);
    expect(event).toMatchObject({ kind: 'reset', sessionId: 's' });
  }
});

test('a watcher that does not read holds nothing, and finds all of it later', async () => {
  const { service, close } = openService();
  onTestFinished(close);
  const watcher = watcherOf(service.watch);
  await until('the first event', () => watcher.events[0]);
  watcher.pause();
  for (let turn = 0; turn < 400; turn++)
    await service.persist(commandOf({ variables: [{ key: `k${turn % 7}`, json: `${turn}` }] }));
  // It had been asked for one before it was paused.
  expect(watcher.events.length).toBeLessThanOrEqual(2);
  watcher.resume();
  await until('the latest position', () => {
    const last = watcher.events.at(-1);
    if (last?.kind === 'update' && last.update.revision === 400) return true;
    return last?.kind === 'reset' && last.live?.revision === 400 ? true : undefined;
  });
  await watcher.stop();
});

test('updates that were merged meanwhile are given, as far as later ones left something of them', async () => {
  const { service, close } = openService();
  onTestFinished(close);
  const etags = new Map<number, string>();
  const save = async (key: string) => {
    const variables = [{ key, json: JSON.stringify(FILLER) }];
    const { revision, etag } = await service.persist(commandOf({ variables }));
    etags.set(revision, etag);
    return revision;
  };
  for (let turn = 0; turn < 30; turn++) await save(turn % 2 === 0 ? 'often' : `once-${turn}`);
  // Of what follows the position, some is merged.
  const isMerged = async () => {
    await save('often');
    const query = { receipt: receiptNow(), sessionId: 's', revision: 0 };
    const inspection = await service.inspect(query);
    return (inspection?.oldestRevision ?? 0) > 10 ? true : undefined;
  };
  await until('a compaction', isMerged);
  const last = etags.size;
  const events: WatchedEvent[] = [];
  for await (const event of service.watch({
    ...{ receipt: receiptNow(), sessionId: 's', userId: '', heartbeatMs: 60_000 },
    resumeFrom: [{ sessionId: '', revision: 4, etag: etags.get(4) ?? '' }],
    signal: AbortSignal.timeout(30_000),
  })) {
    events.push(event);
    if (event.kind === 'update' && event.update.revision === last) break;
  }
  const updates = events.flatMap((event) => (event.kind === 'update' ? [event.update] : []));
  expect(updates.map(({ revision }) => revision)).toEqual(
    Array.from({ length: last - 4 }, (_, place) => place + 5),
  );
  expect(updates[0]).toMatchObject({ isPartial: true, variables: [] });
  expect(updates[1]).toMatchObject({ isPartial: true, variables: ['once-5'] });
  expect(updates.at(-1)).toMatchObject({ isPartial: false, variables: ['often'] });
});
