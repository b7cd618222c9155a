// Why a value is what it is, as a developer reads it.

import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open({ settings: { writeFormat: 2 } });
});

const NOON = '2024-06-15T12:00:';

/** An update of `s` whose event was at a second after noon. */
const at = (second: string, given: Partial<PersistCommand>) =>
  scratch.persist(service, { timestamp: `${NOON}${second}Z`, ...given });

function explain(pointer: string, given: object = {}) {
  const bounds = { revision: 0, valueMaxBytes: 0, wholeValue: false };
  return service.explain({
    receipt: scratch.receipt(),
    sessionId: 's',
    pointer,
    ...bounds,
    ...given,
  });
}

describe('explain', () => {
  test('names the update that set a value, and why each other one lost', async () => {
    await at('05', { ...variable('a', 1), sequence: 7n, flowId: 'checkout' });
    await at('04', variable('a', 2));
    await at('05', { ...variable('a', 3), sequence: 6n });
    await at('05', { ...variable('b', 4), sequence: 7n });
    const explained = await explain('/variables/a');
    expect(explained).toMatchObject({
      ...{ revision: 4, outcome: 'intact', mergedUpToRevision: 0, moreLost: 0 },
      value: { json: '1', type: 'number', sizeBytes: 1 },
      decidedBy: { revision: 1, action: 'set', flowId: 'checkout', timestamp: `${NOON}05Z` },
      lost: [
        { update: { revision: 3 }, decidedBy: 'sequence', lostAgainst: 'set' },
        { update: { revision: 2 }, decidedBy: 'event_second', lostAgainst: 'set' },
      ],
    });
    const id = explained?.decidedBy?.stamp?.updateId;
    expect(explained?.reason).toMatch(
      new RegExp(
        `^Update ${id} \\(revision 1\\) by flow checkout set it, with an event at ${NOON}05Z. ` +
          'Its stamp is the latest of the 3 that name it.$',
      ),
    );
    const loser = explained?.lost[1]?.update.stamp?.updateId;
    expect(explained?.lost.map(({ reason }) => reason)[1]).toBe(
      `Update ${loser} (revision 2) set it, but update ${id} (revision 1) set it with a later event: ` +
        `${NOON}05Z, not ${NOON}04Z.`,
    );
  });

  test('names removals and replacements, and finds no value there', async () => {
    await at('01', variable('a', 1));
    await at('03', { removedVariables: ['a'] });
    await at('02', variable('a', 2));
    expect(await explain('/variables/a')).toMatchObject({
      value: undefined,
      decidedBy: { revision: 2, action: 'removed' },
      lost: [{ update: { revision: 3 }, lostAgainst: 'removed' }, { update: { revision: 1 } }],
    });
    await at('04', { ...variable('b', 2), replace: ['variables'] });
    expect(await explain('/variables/a')).toMatchObject({
      value: undefined,
      decidedBy: { revision: 4, action: 'replaced' },
      lost: [
        { lostAgainst: 'replaced', reason: expect.stringContaining('replaced the whole part') },
        {},
        {},
      ],
    });
    await at('05', variable('a', 5));
    expect(await explain('/variables/a')).toMatchObject({
      value: { json: '5' },
      lost: [{ update: { action: 'replaced', revision: 4 }, lostAgainst: 'set' }, {}, {}, {}],
    });
  });

  test('shows what is inside a value, and says that keys are merged as a whole', async () => {
    await at('01', variable('order', { items: [{ price: 7 }], 'a/b~': null }));
    expect(await explain('/variables/order/items/0/price')).toMatchObject({ value: { json: '7' } });
    expect(await explain('/variables/order/a~1b~0')).toMatchObject({ value: { type: 'null' } });
    expect((await explain('/variables/order/__proto__'))?.value).toBeUndefined();
    const nowhere = await explain('/variables/order/items/length');
    expect(nowhere?.value).toBeUndefined();
    expect(nowhere?.reason).toContain(
      'Keys are merged as a whole, so this is what decides /variables/order. ' +
        'Its value has nothing at this path.',
    );
  });

  test('says of merged updates that only the winner is known', async () => {
    for (const value of [1, 2, 3]) await at(`0${value}`, variable('a', value));
    await service.compactor.compact('s');
    const explained = await explain('/variables/a');
    expect(explained).toMatchObject({
      ...{ value: { json: '3' }, mergedUpToRevision: 3, lost: [] },
      decidedBy: { revision: 3, isMerged: true },
    });
    expect(explained?.reason).toContain(
      'It was merged before revision 4; the snapshot keeps only the stamp and the value',
    );
    expect((await explain('/context/never'))?.reason).toBe(
      'No update that is known sets or removes it. Updates before revision 4 are merged; ' +
        'what lost among them is not known any more.',
    );
  });

  test('explains an earlier revision, and refuses one that is merged', async () => {
    await at('01', variable('a', 1));
    await at('02', variable('a', 2));
    expect(await explain('/variables/a', { revision: 1 })).toMatchObject({
      ...{ revision: 1, value: { json: '1' }, lost: [] },
    });
    await service.compactor.compact('s');
    await expect(explain('/variables/a', { revision: 1 })).rejects.toMatchObject({
      reason: 'compacted',
    });
  });

  test('explains user, flow and visits of nodes', async () => {
    const timestamp = `${NOON}01Z`;
    await at('01', { userId: 'u', flowId: 'f', history: [{ nodeId: 'n/1', timestamp }] });
    // Of two updates the later one was received later, to the millisecond.
    scratch.advance(1);
    await at('00', {
      userId: 'w',
      history: [{ nodeId: 'n/1', timestamp: String(Date.parse(timestamp)) }],
    });
    expect(await explain('/userId')).toMatchObject({
      value: { json: '"u"' },
      lost: [{ update: { value: { json: '"w"' } }, decidedBy: 'event_second' }],
    });
    expect(await explain('/flowId')).toMatchObject({ value: { json: '"f"' }, lost: [] });
    const visit = await explain('/history/n~11');
    expect(visit).toMatchObject({
      value: { json: JSON.stringify({ nodeId: 'n/1', timestamp }) },
      decidedBy: { revision: 1 },
      lost: [{ update: { revision: 2 }, decidedBy: 'received' }],
    });
    expect(await explain(`/history/n~11/${Date.parse(timestamp)}`)).toMatchObject({
      value: visit?.value,
    });
    expect(await explain('/history/other')).toMatchObject({
      value: undefined,
      decidedBy: undefined,
    });
  });

  test('shows large values by size and type, unless one is asked for as a whole', async () => {
    await at('01', variable('a', 'x'.repeat(2000)));
    await at('02', variable('a', ['y'.repeat(3000)]));
    const sizes = { value: { json: undefined, type: 'array', sizeBytes: 3004 } };
    expect(await explain('/variables/a')).toMatchObject({
      ...{ ...sizes, decidedBy: sizes, lost: [{ update: { value: { json: undefined } } }] },
    });
    expect(await explain('/variables/a', { wholeValue: true })).toMatchObject({
      value: { json: expect.stringMatching(/^\["y{3000}"\]$/) },
      decidedBy: sizes,
    });
  });

  test('is bounded in updates and bytes', async () => {
    service = scratch.open({ faults: { compact: () => Promise.reject(new Error('down')) } });
    const large = 'x'.repeat(4000);
    for (let minute = 0; minute <= 101; minute++) {
      // The same instant in another notation each time.
      const [hours, minutes] = [Math.floor(minute / 60), minute % 60].map((n) =>
        `${n}`.padStart(2, '0'),
      );
      const timestamp = `2024-06-15T${12 + Number(hours)}:${minutes}:00+${hours}:${minutes}`;
      await at('01', { ...variable('a', large + minute), history: [{ nodeId: 'n', timestamp }] });
    }
    const explained = await explain('/variables/a', { valueMaxBytes: 65_536 });
    expect([explained?.lost.length, explained?.moreLost]).toEqual([100, 1]);
    const shown = explained?.lost.filter(({ update }) => update.value?.json !== undefined);
    expect(shown?.length).toBe(Math.floor((256 * 1024) / 4005) - 1);
    const visit = await explain('/history/n');
    expect([visit?.lost.length, visit?.moreLost]).toEqual([100, 1]);
    expect(visit?.reason).toMatch(/It is known from 101 more; a step is kept once\.$/);
  });

  test.each([
    'variables',
    '',
    '/',
    '/variables',
    '/userId/x',
    '/history',
    '/history/n/1/2',
    '/ttl',
    '/context/a~2',
  ])('refuses the pointer %j', async (pointer) => {
    await at('01', variable('a', 1));
    await expect(explain(pointer)).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/pointer' }],
    });
  });

  test('says that a fallback is set by no update', async () => {
    const fallback = { variables: [], context: [{ key: 'order', json: '{"n":1}' }] };
    const falling = scratch.open({ flows: { default: { fallback } } });
    await at('01', { ...variable('a', 1), userId: 'u' });
    await scratch.damage(1);
    for (const [pointer, json] of [
      ['/context/order/n', '1'],
      ['/variables/a', undefined],
      ['/userId', undefined],
      ['/history/n', undefined],
    ] as const) {
      const query = { receipt: scratch.receipt(), sessionId: 's', pointer, revision: 0 };
      const explained = await falling.explain({ ...query, valueMaxBytes: 0, wholeValue: false });
      expect(explained).toMatchObject({ outcome: 'fallback', decidedBy: undefined, lost: [] });
      expect(explained?.value?.json).toBe(json);
      expect(explained?.reason).toMatch(/^Nothing of the session could be read/);
    }
  });

  test('says that an update which could not be read may have won', async () => {
    await at('01', variable('a', 1));
    await at('02', variable('a', 2));
    await scratch.damage(2);
    const explained = await explain('/variables/a');
    expect(explained).toMatchObject({ outcome: 'recovered', value: { json: '1' } });
    expect(explained?.reason).toMatch(
      /A part of the session could not be read: .* may have won\.$/,
    );
  });

  test('finds no session that is not live', async () => {
    expect(await explain('/variables/a')).toBeUndefined();
    await at('01', variable('a', 1));
    await scratch.erase(service);
    expect(await explain('/variables/a')).toBeUndefined();
  });
});
