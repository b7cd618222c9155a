// Which update is which: a retry is answered as what it repeats, an id that is used for something
// else is a conflict, and an answer says when others came in between.

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import type { FlowDefinition } from '../../../src/session/flow/definition.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import { appendOf } from '../../contract/store-under-test.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { NOTHING } from '../../support/test-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

const NAMED = { updateId: 'payment-1', ...variable('paid', true) };
const REUSED = { reason: 'id_reused', facts: { revision: 1 } };

/** Judges everything to be wrong, and counts how often that was told. */
function strict() {
  const violated: string[] = [];
  const wrong = { pointer: '/variables/paid', message: 'must be a text', keyword: 'type' };
  const validate: FlowDefinition['validate'] = (posted) => ({ ...posted, violations: [wrong] });
  const observer = { flowViolated: ({ keyword }: { keyword: string }) => violated.push(keyword) };
  return { service: scratch.open({ flows: { default: { validate } }, observer }), violated };
}

const stateOf = async () => {
  const { ttlMs, ...state } = (await scratch.restore(service)) ?? {};
  return state;
};

describe('an updateId that was used for another update', () => {
  test.each<[string, Partial<PersistCommand>]>([
    ['another value', variable('paid', false)],
    ['another key', variable('settled', true)],
    ['one key more', { removedContext: ['cart'] }],
    ['another user', { userId: 'user-2' }],
    ['another flow', { flowId: 'refund' }],
    ['another node', { history: [{ nodeId: 'end', timestamp: '' }] }],
    ['nothing', { variables: [] }],
  ])('is a conflict for %s, and changes nothing', async (_what, other) => {
    await scratch.persist(service, NAMED);
    const before = await stateOf();
    await expect(scratch.persist(scratch.open(), { ...NAMED, ...other })).rejects.toMatchObject(
      REUSED,
    );
    expect(await stateOf()).toEqual(before);
  });

  test('is one under every condition, and under a lock of another', async () => {
    await scratch.persist(service, NAMED);
    const { token } = await scratch.lock(service);
    for (const conditions of [{}, { lockToken: token }, { ifMatch: '*' }, { ifMatch: 'none' }])
      await expect(
        scratch.persist(service, { ...NAMED, ...variable('paid', 1), ...conditions }),
      ).rejects.toMatchObject(REUSED);
  });

  test('is taken for the same once it is folded, and never changes the session', async () => {
    await scratch.persist(service, NAMED);
    await service.compactor.compact('s');
    const before = await stateOf();
    const again = await scratch.persist(service, { ...NAMED, ...variable('paid', false) });
    expect(again).toMatchObject({ known: true, revision: 1 });
    expect(await stateOf()).toEqual(before);
  });

  test('is taken for the same where an older version wrote it, without a tag', async () => {
    const { updateId, delta } = createSessionUpdate({ ...NOTHING, sessionId: 's', ...NAMED }, 1n);
    const updates = delta.updates.map((update) => ({ ...update, contentTag: new Uint8Array() }));
    const frame = encodeFrame({ ...delta, updates });
    await scratch.store.append(appendOf('s', { updateId, frame, receivedAtMonotonicMs: 0 }));
    const again = await scratch.persist(service, { ...NAMED, ...variable('paid', false) });
    expect(again).toMatchObject({ known: true, revision: 1 });
  });

  test('is taken for the same where its frame is damaged', async () => {
    const { updateId } = createSessionUpdate({ ...NOTHING, sessionId: 's', ...NAMED }, 1n);
    await scratch.store.append(appendOf('s', { updateId, frame: Buffer.from('no frame') }));
    const again = await scratch.persist(service, { ...NAMED, ...variable('paid', false) });
    expect(again).toMatchObject({ known: true, revision: 1 });
  });

  test('is a conflict also for an update that its definition refuses', async () => {
    await scratch.persist(service, NAMED);
    const { service: later } = strict();
    const other = scratch.persist(later, { ...NAMED, ...variable('paid', 1) });
    await expect(other).rejects.toMatchObject(REUSED);
  });
});

describe('a retry', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const posts = fc.record({
    variables: fc.dictionary(fc.string(), json, { maxKeys: 4 }),
    context: fc.dictionary(fc.string(), json, { maxKeys: 4 }),
    removedVariables: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
    nodes: fc.array(fc.constantFrom('start', 'end'), { maxLength: 2 }),
  });
  let count = 0;

  test('is never a conflict, and another content under its id always is', async () => {
    const entries = (object: Record<string, unknown>) =>
      Object.keys(object)
        .sort()
        .map((key) => ({ key, json: JSON.stringify(object[key]) }));
    const commandFrom = (post: Parameters<typeof entries>[0]) => post as Partial<PersistCommand>;
    await fc.assert(
      fc.asyncProperty(posts, fc.integer({ min: 1 }), async ({ nodes, ...post }, seconds) => {
        const sessionId = `s-${count++}`;
        const command = commandFrom({
          ...{ sessionId, updateId: 'u', removedVariables: post.removedVariables },
          variables: entries(JSON.parse(JSON.stringify(post.variables))),
          context: entries(JSON.parse(JSON.stringify(post.context))),
          history: nodes.map((nodeId) => ({ nodeId, timestamp: '' })),
        });
        await scratch.persist(service, command);
        // Made anew: another time, keys to remove in another order.
        const again = await scratch.persist(service, {
          ...command,
          ...{ timestamp: String(seconds), sequence: 7n, inputId: 'i', ifMatch: 'none' },
          removedVariables: [...post.removedVariables].reverse(),
        });
        expect(again).toMatchObject({ known: true, superseded: false, revision: 1 });
        const other = scratch.persist(service, { ...command, flowId: 'other' });
        await expect(other).rejects.toMatchObject(REUSED);
      }),
      { numRuns: 40 },
    );
  });

  test('is known after a restart, and through a sidecar whose definition coerces', async () => {
    const coerce: FlowDefinition['validate'] = ({ context }) => ({
      ...{ context, violations: [] },
      variables: [{ key: 'paid', json: '"coerced"' }],
    });
    const first = await scratch.persist(
      scratch.open({ flows: { default: { validate: coerce } } }),
      NAMED,
    );
    const again = await scratch.persist(scratch.open(), NAMED);
    expect(again).toMatchObject({ known: true, revision: first.revision, etag: first.etag });
  });
});

describe('a retry of what its definition refuses by now', () => {
  test.each<[string, Partial<PersistCommand>]>([
    ['an updateId', { updateId: 'payment-1' }],
    ['an inputId', { inputId: 'input-1' }],
    ['a sequence', { sequence: 4n }],
  ])('with %s is known as before, and not counted as refused', async (_what, id) => {
    const update = { ...id, ...variable('paid', true), userId: 'user-1', timestamp: '1718445600' };
    const first = await scratch.persist(service, update);
    const { service: later, violated } = strict();
    for (const fold of [false, true]) {
      if (fold) await service.compactor.compact('s');
      const again = await scratch.persist(later, update);
      expect(again).toMatchObject({ known: true, revision: first.revision, etag: first.etag });
    }
    expect(violated).toEqual([]);
    const fresh = scratch.persist(later, { ...update, updateId: 'payment-2' });
    await expect(fresh).rejects.toMatchObject({ reason: 'schema_violation' });
    expect(violated).toEqual(['type']);
  });

  test('that was never stored is refused, after one read; without an id of its own after none', async () => {
    let reads = 0;
    const violations = [{ pointer: '/variables', message: 'no', keyword: 'type' }];
    const validate: FlowDefinition['validate'] = (posted) => ({ ...posted, violations });
    const faults = {
      read: (sessionId: string) => {
        reads += 1;
        return scratch.store.read(sessionId);
      },
    };
    const counting = scratch.open({ flows: { default: { validate } }, faults });
    await scratch.persist(service, variable('paid', true));
    await expect(scratch.persist(counting)).rejects.toMatchObject({ reason: 'schema_violation' });
    expect(reads).toBe(0);
    await expect(scratch.persist(counting, NAMED)).rejects.toMatchObject({
      reason: 'schema_violation',
    });
    expect(reads).toBe(1);
  });

  test('is known also where a session may hold less by now than the update takes', async () => {
    const update = { updateId: 'large', ...variable('text', 'x'.repeat(2000)) };
    await scratch.persist(service, update);
    const small = scratch.open({ settings: { sessionMaxBytes: 1000 } });
    expect(await scratch.persist(small, update)).toMatchObject({ known: true, revision: 1 });
    const other = scratch.persist(small, { ...update, updateId: 'other' });
    await expect(other).rejects.toMatchObject({ reason: 'too_large' });
  });
});

describe('an answer to a known update', () => {
  test('says whether the session has taken others since', async () => {
    const first = await scratch.persist(service, NAMED);
    expect(first).toMatchObject({ known: false, superseded: false });
    expect(await scratch.persist(service, NAMED)).toMatchObject({ known: true, superseded: false });
    await scratch.persist(service, variable('other', 1));
    expect(await scratch.persist(service, NAMED)).toMatchObject({ known: true, superseded: true });
    await service.compactor.compact('s');
    expect(await scratch.persist(service, NAMED)).toMatchObject({ known: true, superseded: true });
  });

  test('says so of a, b, a within one message and one second, where the third looks like the first', async () => {
    const step = (value: string, timestamp: string) =>
      scratch.persist(service, {
        ...{ inputId: 'input-1', sequence: 5n, timestamp },
        ...variable('step', value),
      });
    await step('a', '1718445600');
    await step('b', '1718445600');
    expect(await step('a', '1718445600')).toMatchObject({
      known: true,
      superseded: true,
      revision: 1,
    });
    expect((await scratch.restore(service))?.variables).toMatchObject([{ json: '"b"' }]);
    // With milliseconds they are three.
    await step('a', '1718445601001');
    await step('b', '1718445601002');
    expect(await step('a', '1718445601003')).toMatchObject({ known: false, superseded: false });
    expect((await scratch.restore(service))?.variables).toMatchObject([{ json: '"a"' }]);
  });
});
