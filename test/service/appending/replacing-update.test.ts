// Updates that replace all variables, or all context: what they set is all there is, whenever they
// and the others arrive.

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { fold } from '../../../src/session/fold.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import { baseUpdateFrom } from '../../../src/session/legacy/base-update.ts';
import type { PostedUpdate } from '../../../src/session/session-update.ts';
import { BEFORE_ALL } from '../../../src/store/session-store.ts';
import { BASE_SECONDS, postedUpdate } from '../../session/arbitrary-updates.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { commandOf } from '../../support/test-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';
import { openSpoolWorld } from '../spooling/spool-world.ts';

const FORMAT_2 = { settings: { writeFormat: 2 } } as const;
const [EARLY, LATER, LAST] = ['10:00:00Z', '10:00:05Z', '10:00:09Z'].map(
  (time) => `2024-06-15T${time}`,
) as [string, string, string];

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open(FORMAT_2);
});

const context = (value: Record<string, unknown>) => ({
  context: Object.entries(value).map(([key, inner]) => ({ key, json: JSON.stringify(inner) })),
});

async function keys(of: Service = service) {
  const session = await scratch.restore(of);
  const named = (entries: { key: string }[] = []) => entries.map(({ key }) => key).sort();
  return { variables: named(session?.variables), context: named(session?.context) };
}

describe('an update that replaces', () => {
  test('leaves of its part only what it sets, and of the rest everything', async () => {
    const older = { ...context({ a: 1, b: 2 }), ...variable('kept', 1), timestamp: EARLY };
    await scratch.persist(service, { ...older, history: [{ nodeId: 'n', timestamp: EARLY }] });
    const replacing = { ...context({ b: 3 }), replace: ['context'], timestamp: LATER };
    await scratch.persist(service, replacing);
    expect(await keys()).toEqual({ variables: ['kept'], context: ['b'] });
    expect((await scratch.restore(service))?.history).toMatchObject([{ nodeId: 'n' }]);
    await scratch.persist(service, { ...context({ c: 4 }), timestamp: LAST });
    expect(await keys()).toMatchObject({ context: ['b', 'c'] });
  });

  test('keeps out what is from before it and arrives after it, also after a compaction', async () => {
    const replacing = { ...context({}), ...variable('v', 1), replace: ['variables', 'context'] };
    await scratch.persist(service, { ...replacing, timestamp: LATER });
    await scratch.persist(service, { ...context({ a: 1 }), timestamp: EARLY });
    expect(await service.compactor.compact('s')).toBe('compacted');
    await scratch.persist(service, { ...context({ b: 1 }), ...variable('w', 1), timestamp: EARLY });
    expect(await service.compactor.compact('s')).toBe('compacted');
    expect(await keys()).toEqual({ variables: ['v'], context: [] });
    expect((await scratch.inspect(service))?.frames).toMatchObject([
      { kind: 'snapshot', replaces: ['variables', 'context'] },
    ]);
  });

  test('under an etag or a lock comes after all that its sender has read', async () => {
    const ahead = { ...context({ a: 1 }), timestamp: LAST };
    const { etag } = await scratch.persist(service, ahead);
    const replacing = { ...context({ b: 1 }), replace: ['context'], timestamp: EARLY };
    await scratch.persist(service, { ...replacing, ifMatch: etag });
    expect(await keys()).toMatchObject({ context: ['b'] });
    const { token } = await scratch.lock(service);
    const locked = { ...context({ c: 1 }), replace: ['context'], lockToken: token };
    await scratch.persist(service, locked);
    expect(await keys()).toMatchObject({ context: ['c'] });
  });

  test('is the same update when it is repeated, and another one than the same without it', async () => {
    const update = { ...context({ a: 1 }), inputId: 'i', timestamp: EARLY };
    const merging = await scratch.persist(service, update);
    const replacing = { ...update, replace: ['context'] };
    expect(await scratch.persist(service, replacing)).toMatchObject({ known: false });
    expect(await scratch.persist(service, replacing)).toMatchObject({ known: true });
    expect(merging.known).toBe(false);
    const named = { ...context({ a: 1 }), updateId: 'mine', timestamp: EARLY };
    await scratch.persist(service, named);
    const reused = scratch.persist(service, { ...named, replace: ['context'] });
    await expect(reused).rejects.toMatchObject({ reason: 'id_reused' });
  });

  test.each([
    ['a history', ['history'], '/replace/0', 'a history cannot be replaced'],
    ['something else', ['context', 'user'], '/replace/1', '"variables" and "context"'],
    ['a part that it does not send', ['variables'], '/replace/0', 'has no variables'],
  ])('of %s is unusable', async (_, replace, pointer, message) => {
    const update = { ...context({ a: 1 }), variables: undefined, replace, timestamp: EARLY };
    await expect(scratch.persist(service, update)).rejects.toMatchObject({
      ...{ reason: 'invalid', message: expect.stringContaining(message) },
      violations: [{ pointer }],
    });
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test.each([
    ['nothing', {}],
    ['an etag that is none', { ifMatch: 'none' }],
    ['any etag', { ifMatch: '*' }],
  ])('and has %s to say what came before it is unusable', async (_, condition) => {
    await scratch.persist(service, context({ a: 1 }));
    const update = { ...context({}), replace: ['context'], ...condition };
    await expect(scratch.persist(service, update)).rejects.toMatchObject({
      ...{ reason: 'invalid', violations: [{ pointer: '/replace' }] },
    });
    expect(await keys()).toMatchObject({ context: ['a'] });
  });

  test('is refused under WRITE_FORMAT=1, unless it is stored already', async () => {
    const first = scratch.open();
    const update = { ...context({}), replace: ['context'], timestamp: LATER, updateId: 'mine' };
    await scratch.persist(first, { ...context({ a: 1 }), timestamp: EARLY });
    await expect(scratch.persist(first, update)).rejects.toMatchObject({
      ...{ reason: 'forbidden', message: expect.stringContaining('set WRITE_FORMAT=2') },
    });
    expect(await keys(first)).toMatchObject({ context: ['a'] });
    const { revision } = await scratch.persist(service, update);
    expect(await scratch.persist(first, update)).toMatchObject({ revision, known: true });
    expect(await keys(first)).toMatchObject({ context: [] });
  });

  test('is spooled while the store is away, and replaces the same once it is replayed', async () => {
    const world = openSpoolWorld(FORMAT_2);
    const started = world.start();
    await world.persist(started.service, { ...context({ a: 1 }), timestamp: EARLY });
    world.leave();
    const replacing = { ...context({ b: 1 }), replace: ['context'], timestamp: LATER };
    expect(await world.persist(started.service, replacing)).toMatchObject({
      durability: 'spooled',
    });
    world.comeBack();
    await world.persist(started.service, { ...context({ c: 1 }), timestamp: EARLY });
    expect(await started.idle()).toEqual(['stored']);
    expect((await world.restore(started.service))?.context).toMatchObject([{ key: 'b' }]);
  });
});

describe('updates of which some replace', () => {
  /** In which order they arrive, some twice; after which of them a compaction runs; and when what a
   * former service left is stored. */
  const runs = fc.array(postedUpdate, { minLength: 1, maxLength: 6 }).chain((updates) =>
    fc.record({
      updates: fc.constant(updates.map(timedIfReplacing)),
      order: fc.shuffledSubarray(
        updates.flatMap((_, place) => [place, place]),
        { minLength: updates.length },
      ),
      compacted: fc.uniqueArray(fc.nat({ max: 11 }), { maxLength: 4 }),
      baseAt: fc.nat({ max: 12 }),
      baseSeconds: fc.integer({ min: -2, max: 4 }),
    }),
  );

  test('give one state, whatever the order, the repetitions and the compactions', async () => {
    const receivedMicros = BigInt(Math.floor(Date.now() / 1000)) * 1_000_000n;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ({ updates, order, compacted, baseAt, baseSeconds }) => {
        const sessionId = `session-${count++}`;
        const sent = updates.map((update, place) => ({
          ...{ ...update, sessionId, updateId: `update-${place}` },
          wallMicros: receivedMicros + BigInt(place) * 400_000n,
        }));
        const base = legacyBase(sessionId, baseSeconds);
        const arriving = [...order, ...updates.keys()];
        const storeBase = async () => {
          const { updateId, delta } = base;
          const moment = { receivedAtMonotonicMs: scratch.receipt().monotonicMs, ttlMs: 60_000 };
          const rest = { ...{ flowId: '', userId: '', eventMs: 0, lockToken: '' } };
          const limits = { sessionMaxBytes: 1e6, ifMatch: BEFORE_ALL };
          const frame = encodeFrame(delta);
          await scratch.store.append({ sessionId, updateId, frame, ...moment, ...rest, ...limits });
        };
        for (const [turn, place] of arriving.entries()) {
          if (turn === baseAt) await storeBase();
          const { wallMicros, ...update } = sent[place] as (typeof sent)[number];
          const receipt = { wallMicros, monotonicMs: scratch.receipt().monotonicMs };
          await service.persist(commandOf({ ...update, receipt }));
          if (compacted.includes(turn)) await service.compactor.compact(sessionId);
        }
        await storeBase();
        const query = { receipt: scratch.receipt(), sessionId, userId: '', revision: 0 };
        const restored = await service.restore(query);
        const deltas = sent.map((update) => createSessionUpdate(update, update.wallMicros).delta);
        const expected = fold(sessionId, [base.delta, ...deltas]);
        const entriesOf = (part: 'variables' | 'context') =>
          expected.updates.flatMap((update) => update[part].map(({ key, json }) => [key, json]));
        expect(valuesOf(restored?.variables)).toEqual(new Map(entriesOf('variables') as []));
        expect(valuesOf(restored?.context)).toEqual(new Map(entriesOf('context') as []));
        expect(restored?.timestamp).toBe(expected.updates.at(-1)?.timestamp);
      }),
      { numRuns: 60 },
    );
  });
});

function timedIfReplacing(update: PostedUpdate): PostedUpdate {
  const timestamp = update.timestamp || String(BASE_SECONDS);
  return update.replace.length > 0 ? { ...update, timestamp } : update;
}

function legacyBase(sessionId: string, afterSeconds: number) {
  const left = {
    ...{ sessionId, userId: '', flowId: '', history: [] },
    ...{ variables: [{ key: 'a', json: '"left"' }], context: [{ key: 'a', json: '"left"' }] },
    timestamp: String(BASE_SECONDS + afterSeconds),
  };
  return baseUpdateFrom('json', left, { nowMs: Date.now() });
}

function valuesOf(entries: { key: string; json: string }[] = []) {
  return new Map(entries.map(({ key, json }) => [key, json]));
}
