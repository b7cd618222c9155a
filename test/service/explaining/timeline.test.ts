// What a timeline shows of a session: each update, with what it changed.

import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistCommand, TimelineQuery } from '../../../src/service/session-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open({ settings: { writeFormat: 2 } });
});

/** An update of `s` whose event was at a second after noon. */
const at = (second: number, given: Partial<PersistCommand>) =>
  scratch.persist(service, {
    timestamp: `2024-06-15T12:00:${String(second).padStart(2, '0')}Z`,
    ...given,
  });

async function timeline(given: Partial<TimelineQuery> = {}) {
  const page = { newestFirst: false, pageSize: 0, pageToken: '', valueMaxBytes: 0 };
  const query = { receipt: scratch.receipt(), sessionId: 's', ...page, ...given };
  const found = await service.timeline(query);
  if (!found) throw new Error('there is no session');
  return found;
}

const context = (value: object) => ({
  context: Object.entries(value)
    .map(([key, inner]) => ({ key, json: JSON.stringify(inner) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1)),
});

describe('timeline', () => {
  test('shows what each update changed, from which value to which, deep in objects', async () => {
    await at(1, {
      ...context({ order: { to: { city: 'Bonn' }, n: 1 } }),
      userId: 'u',
      flowId: 'f',
    });
    await at(3, { ...context({ order: { to: { city: 'Köln' } }, 'a/b': [1] }), sequence: 4n });
    await at(2, { ...context({ order: 'late' }), ...variable('x', null) });
    await at(4, {
      removedContext: ['a/b', 'never'],
      ...context({ order: { to: { city: 'Köln' } } }),
    });
    const { entries, ...page } = await timeline();
    expect(page).toMatchObject({
      ...{ revision: 4, nextPageToken: '', mergedUpToRevision: 0, outcome: 'intact' },
    });
    const changes = entries.map((entry) =>
      entry.changes.map(({ pointer, kind, before, after, posted }) => [
        ...[pointer, kind, before?.json, after?.json, posted?.json],
      ]),
    );
    expect(changes).toEqual([
      [
        ['/userId', 'added', undefined, '"u"', undefined],
        ['/flowId', 'added', undefined, '"f"', undefined],
        ['/context/order', 'added', undefined, '{"to":{"city":"Bonn"},"n":1}', undefined],
      ],
      [
        ['/context/a~1b', 'added', undefined, '[1]', undefined],
        ['/context/order/to/city', 'changed', '"Bonn"', '"Köln"', undefined],
        ['/context/order/n', 'removed', '1', undefined, undefined],
      ],
      [
        ['/variables/x', 'added', undefined, 'null', undefined],
        [
          ...['/context/order', 'overruled'],
          ...['{"to":{"city":"Köln"}}', '{"to":{"city":"Köln"}}', '"late"'],
        ],
      ],
      [['/context/a~1b', 'removed', '[1]', undefined, undefined]],
    ]);
    expect(entries[1]).toMatchObject({
      ...{ kind: 'delta', revision: 2, verdict: 'sound', stamp: { sequence: 4n } },
      ...{ timestamp: '2024-06-15T12:00:03Z', updates: 1, isSpooled: false, isQuarantined: false },
      summary: 'Update 2 changed 3 values.',
    });
    expect(entries[2]?.summary).toBe(
      'Update 3 changed 1 value, was overruled on 1 key by updates with a later stamp.',
    );
    expect(entries[3]).toMatchObject({ unchangedKeys: 1 });
  });

  test('shows replacements, visited nodes once, and nothing of what a snapshot was made of', async () => {
    const step = (nodeId: string, timestamp: string) => ({ nodeId, timestamp });
    const noon = '2024-06-15T12:00:00Z';
    await at(1, { ...variable('a', 1), history: [step('n', noon)] });
    await service.compactor.compact('s');
    const history = [step('n', String(Date.parse(noon))), step('m', noon)];
    await at(2, { ...variable('b', 2), history, replace: ['variables'] });
    const { entries, mergedUpToRevision } = await timeline();
    expect(mergedUpToRevision).toBe(1);
    expect(entries).toMatchObject([
      {
        ...{ kind: 'snapshot', revision: 1, updates: 1, changes: [], addedSteps: [] },
        summary:
          'A snapshot: the updates up to revision 1 are merged, and what each of them changed is not kept.',
      },
      {
        ...{ kind: 'replacement', revision: 2, replaces: ['variables'] },
        changes: [
          { pointer: '/variables/b', kind: 'added' },
          { pointer: '/variables/a', kind: 'removed', before: { json: '1' } },
        ],
        addedSteps: [{ nodeId: 'm' }],
        summary: 'Update 2 replaced variables and changed 2 values, added 1 step to the history.',
      },
    ]);
  });

  test('shows damaged frames, and those in quarantine, without a change', async () => {
    for (const second of [1, 2, 3]) await at(second, variable('a', second));
    await scratch.damage(2);
    const { entries, outcome } = await timeline();
    expect(outcome).toBe('recovered');
    expect(entries.map(({ verdict }) => verdict)).toEqual(['sound', 'bad_digest', 'sound']);
    expect(entries[1]).toMatchObject({ stamp: undefined, changes: [], isQuarantined: false });
    expect(entries[2]?.changes).toMatchObject([{ before: { json: '1' }, after: { json: '3' } }]);
    await service.compactor.idle();
    const after = await timeline();
    // What is left is merged.
    expect(after.entries).toMatchObject([{ isQuarantined: true }, { kind: 'snapshot' }]);
    expect(after.entries[0]?.summary).toBe(
      'Not a part of the state: its checksum does not fit, so it was moved into quarantine.',
    );
  });

  test('takes nothing of a frame in quarantine, also if it can be read', async () => {
    for (const second of [1, 2]) await at(second, variable('a', second));
    const { frames = [] } = (await scratch.store.read('s')) ?? {};
    const { name = '', value = Buffer.alloc(0) } = frames[0] ?? {};
    const moves = [{ name, value, move: 'quarantine' as const }];
    const limits = { ttlMs: 60_000, quarantineMaxBytes: 1e6 };
    await scratch.store.quarantine({ sessionId: 's', moves, ...limits });
    const { entries } = await timeline();
    expect(entries).toMatchObject([
      { verdict: 'sound', isQuarantined: true, changes: [] },
      { changes: [{ kind: 'added', after: { json: '2' } }] },
    ]);
    expect(entries[0]?.summary).toMatch(/^Not a part of the state: it is in quarantine/);
  });

  test.each([false, true])('comes in pages, newest first: %s', async (newestFirst) => {
    for (let second = 1; second <= 7; second++) await at(second, variable('a', second));
    const whole = (await timeline({ newestFirst })).entries;
    expect(whole.map(({ revision }) => revision)).toEqual(
      newestFirst ? [7, 6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6, 7],
    );
    const pages = [];
    let pageToken = '';
    do {
      const page = await timeline({ newestFirst, pageSize: 3, pageToken });
      pages.push(page.entries);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(whole);
  });

  test('continues after entries that were merged between two pages', async () => {
    for (let second = 1; second <= 4; second++) await at(second, variable('a', second));
    const older = await timeline({ pageSize: 2 });
    const newer = await timeline({ pageSize: 2, newestFirst: true });
    await service.compactor.compact('s');
    await at(5, variable('a', 5));
    const next = await timeline({ pageToken: older.nextPageToken });
    expect(next.entries).toMatchObject([{ kind: 'snapshot', revision: 4 }, { revision: 5 }]);
    const rest = await timeline({ pageToken: newer.nextPageToken, newestFirst: true });
    expect(rest.entries).toEqual([]);
    await expect(timeline({ pageToken: 'x' })).rejects.toMatchObject({ reason: 'invalid' });
  });

  test('is bounded in values, changes and bytes', async () => {
    // Nothing is merged.
    service = scratch.open({ faults: { compact: () => Promise.reject(new Error('down')) } });
    const many = Array.from({ length: 300 }, (_, place) => [`k${place}`, place]);
    await at(1, context({ large: 'x'.repeat(600), ...Object.fromEntries(many) }));
    const { entries } = await timeline();
    expect(entries[0]).toMatchObject({ changes: { length: 200 }, moreChanges: 101 });
    for (let second = 2; second < 12; second++)
      await at(second, context({ large: `${second}`.repeat(20_000) }));
    const shown = await timeline();
    expect(shown.entries.at(-1)?.changes).toMatchObject([
      { after: { json: undefined, type: 'string', sizeBytes: 40_002 } },
    ]);
    const whole = await timeline({ valueMaxBytes: 65_536 });
    expect(whole.entries.length).toBeLessThan(shown.entries.length);
    expect(whole.nextPageToken).not.toBe('');
    const bytes = Buffer.byteLength(JSON.stringify(whole.entries.map(({ changes }) => changes)));
    expect(bytes).toBeLessThan(512 * 1024);
  });

  test('finds no session that is not live', async () => {
    await at(1, variable('a', 1));
    await scratch.erase(service);
    await expect(timeline()).rejects.toThrow('there is no session');
  });
});
