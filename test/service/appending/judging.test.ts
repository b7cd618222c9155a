// Updates under a flow's definition: what is refused, what is stored, what stays the same update.

import { beforeEach, describe, expect, test } from 'vitest';
import type { FlowDefinition } from '../../../src/session/flow/definition.ts';
import { openScratch, type Scratch, variable } from '../scratch-services.ts';

let scratch: Scratch;
beforeEach(() => {
  scratch = openScratch();
});

const missing = { pointer: '/variables/customerId', message: 'is required', keyword: 'required' };
const wrong = { pointer: '/variables/cartTotal', message: 'must be a number', keyword: 'type' };

/** Makes numbers of the texts in `variables`. */
const coerce: FlowDefinition['validate'] = ({ variables, context }) => ({
  variables: variables?.map(({ key, json }) => ({ key, json: String(Number(JSON.parse(json))) })),
  context,
  violations: [],
});

describe('an update that its flow does not allow', () => {
  test('is refused with everything that is wrong with it, counted, and not stored', async () => {
    const violated: unknown[] = [];
    const validate: FlowDefinition['validate'] = (posted) => ({
      ...posted,
      violations: [missing, wrong],
    });
    const service = scratch.open({
      flows: { default: { flowId: 'default', validate } },
      observer: { flowViolated: (violation) => violated.push(violation) },
    });
    await expect(scratch.persist(service, { flowId: 'shop' })).rejects.toMatchObject({
      reason: 'schema_violation',
      message: expect.stringContaining('"default"'),
      violations: [
        { pointer: missing.pointer, message: missing.message },
        { pointer: wrong.pointer, message: wrong.message },
      ],
    });
    expect(violated).toEqual([
      { flowId: 'default', keyword: 'required' },
      { flowId: 'default', keyword: 'type' },
    ]);
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('is told of where judging it took too long', async () => {
    const cutOff: unknown[] = [];
    const violation = { pointer: '/variables', message: 'it takes too long', keyword: 'time' };
    const validate: FlowDefinition['validate'] = (posted) => ({
      ...posted,
      violations: [violation],
    });
    const service = scratch.open({
      flows: { default: { flowId: 'default', validate } },
      observer: { validationTimedOut: (told) => cutOff.push(told) },
    });
    await expect(scratch.persist(service)).rejects.toMatchObject({ reason: 'schema_violation' });
    expect(cutOff).toEqual([{ flowId: 'default', message: violation.message }]);
  });

  test('is refused as unusable first, if it is that too', async () => {
    const validate: FlowDefinition['validate'] = (posted) => ({ ...posted, violations: [missing] });
    const service = scratch.open({ flows: { default: { validate } } });
    await expect(scratch.persist(service, { timestamp: 'soon' })).rejects.toMatchObject({
      reason: 'invalid',
    });
  });
});

test('what was not posted is not judged', async () => {
  const judged: unknown[] = [];
  const validate: FlowDefinition['validate'] = (posted) => {
    judged.push([posted.variables, posted.context]);
    return { ...posted, violations: [] };
  };
  const service = scratch.open({ flows: { shop: { validate } } });
  await scratch.persist(service, { flowId: 'shop', variables: undefined, context: [] });
  await scratch.persist(service, { flowId: 'another', variables: [] });
  expect(judged).toEqual([[undefined, []]]);
});

describe('a definition that coerces', () => {
  test('has the coerced parts stored', async () => {
    const service = scratch.open({ flows: { default: { validate: coerce } } });
    await scratch.persist(service, variable('cartTotal', '12.5'));
    const restored = await scratch.restore(service);
    expect(restored?.variables).toMatchObject([{ key: 'cartTotal', json: '12.5' }]);
  });

  test('changes nothing about which update it is: a retry after a reload is the same one', async () => {
    const posted = { inputId: 'input-1', ...variable('cartTotal', '12.5') };
    const before = await scratch.persist(scratch.open(), posted);
    const after = await scratch.persist(
      scratch.open({ flows: { default: { validate: coerce } } }),
      posted,
    );
    expect(after).toMatchObject({ known: true, revision: before.revision, etag: before.etag });
  });
});

describe('a session lives', () => {
  test('as long as the definition of the flow says', async () => {
    const service = scratch.open({ flows: { short: { ttlMs: 5_000 } } });
    await scratch.persist(service, { flowId: 'short' });
    expect((await scratch.restore(service))?.ttlMs).toBeLessThanOrEqual(5_000);
  });

  test('as long as the settings say, where the definition says nothing', async () => {
    const service = scratch.open({ flows: { short: {} }, settings: { sessionTtlMs: 60_000 } });
    await scratch.persist(service, { flowId: 'short' });
    expect((await scratch.restore(service))?.ttlMs).toBeGreaterThan(50_000);
  });
});

describe('of the history', () => {
  const history = ['a', 'b', 'c', 'd'].map((nodeId, second) => ({
    nodeId,
    timestamp: `2024-06-15T10:00:0${second}Z`,
  }));
  const nodes = async (settings: number, definition: number | undefined) => {
    const service = scratch.open({
      settings: { historyMaxEntries: settings },
      flows: { shop: { historyMaxEntries: definition } },
    });
    return (await scratch.restore(service))?.history.map(({ nodeId }) => nodeId).join('');
  };

  test("the newest steps are answered, as many as settings and the flow's definition both allow", async () => {
    await scratch.persist(scratch.open(), { flowId: 'shop', history });
    expect(await nodes(500, undefined)).toBe('abcd');
    expect(await nodes(500, 2)).toBe('cd');
    expect(await nodes(3, 500)).toBe('bcd');
    expect(await nodes(500, 0)).toBe('');
  });
});

describe('of a session that cannot be read', () => {
  const fallback = {
    variables: [{ key: 'cartTotal', json: '0' }],
    context: [{ key: 'lost', json: 'true' }],
  };
  const damaged = async () => {
    const update = {
      sessionId: 's',
      updateId: 'x'.repeat(22),
      frame: Buffer.from('no frame'),
      flowId: 'shop',
    };
    const moment = {
      receivedAtMonotonicMs: performance.now(),
      ttlMs: 60_000,
      sessionMaxBytes: 1e6,
    };
    const rest = { lockToken: '', ifMatch: '', userId: '', eventMs: 0 };
    await scratch.store.append({ ...update, ...moment, ...rest });
  };

  test("the flow's own fallback is answered, and nothing of it is stored", async () => {
    await damaged();
    const answered = await scratch.restore(scratch.open({ flows: { shop: { fallback } } }));
    expect(answered).toMatchObject({ outcome: 'fallback', flowId: 'shop', ...fallback });
    expect(answered?.context).not.toBe(fallback.context);
  });

  test('the built-in fallback is answered where the definition has none', async () => {
    await damaged();
    const answered = await scratch.restore(scratch.open({ flows: { shop: {} } }));
    expect(answered).toMatchObject({ outcome: 'fallback', variables: [] });
    expect(answered?.context.map(({ key }) => key)).toEqual(['corruptionDetected', 'fallback']);
  });
});
