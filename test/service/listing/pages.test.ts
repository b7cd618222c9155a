// Pages of lists: what they cost, what follows, and what a store that is busy or away does to them.

import { beforeEach, describe, expect, test } from 'vitest';
import { SCOPES } from '../../../src/session/caller.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service } from '../scratch-services.ts';
import { allPages, countTurns, idsOn, listQuery } from './list-world.ts';

const DAY_S = 86_400;
const EVENT_S = 1_700_000_000;

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

const save = (sessionId: string, given: Parameters<Scratch['persist']>[1] = {}) =>
  scratch.persist(service, { sessionId, ...given });

describe('pages', () => {
  const ids = Array.from({ length: 23 }, (_, place) => `s${String(place).padStart(2, '0')}`);
  beforeEach(async () => {
    for (const [place, id] of ids.entries())
      await save(id, { userId: 'u', timestamp: String(EVENT_S + place) });
  });

  test.each([{}, { userId: 'u' }])(
    'say what follows, however late they begin: %o',
    async (given) => {
      const late = scratch.open({ patience: { requestDeadlineMs: 0 } });
      expect(idsOn(await allPages(scratch, late, given)).sort()).toEqual(ids);
    },
  );

  test("name no session of others in their tokens, wherever they end in a user's index", async () => {
    const idPrefix = 't:';
    const own = ['t:', 't:a', 't:z', 't:\u{10FFFF}', 't:\u{10FFFF}é'];
    const foreign = ['', 's', 't', 't9', 't;', 'é', '\uFFFD', '\u{10FFFF}'].flatMap((begin) =>
      [...'foreign'].map((end) => `${begin}-foreign-${end}`),
    );
    for (const id of [...own, ...foreign])
      await save(id, { userId: 't:u', timestamp: `${EVENT_S + (id.length % 3)}` });
    const caller = { name: 't', scopes: SCOPES, idPrefix, callsPerSecond: undefined };
    const late = scratch.open({ patience: { requestDeadlineMs: 0 } });
    const given = { caller, userId: 't:u', idPrefix };
    const pages = await allPages(scratch, late, given);
    expect(idsOn(pages).sort()).toEqual(own.toSorted());
    const tokens = pages.map(({ nextToken }) => Buffer.from(nextToken, 'base64url').toString());
    expect(tokens.length).toBeGreaterThan(3);
    expect(tokens.filter((token) => token.includes('foreign'))).toEqual([]);
  });

  test('leave other requests their turns', async () => {
    const turns = countTurns();
    await service.listSessions(listQuery(scratch, { flowId: 'none' }));
    expect(turns()).toBeGreaterThanOrEqual(ids.length / 4 - 1);
  });

  test.each([
    ['a scan', {}, ids],
    ["a user's index", { userId: 'u' }, ids.toReversed()],
  ])('of %s have each session once, while others are written', async (_, given, inOrder) => {
    let others = 0;
    const between = () =>
      save(`z${others++ % 4}`, { userId: 'u', timestamp: `${EVENT_S + DAY_S}` });
    const pages = await allPages(scratch, service, { ...given, size: 5, between });
    expect(idsOn(pages).filter((id) => id.startsWith('s'))).toEqual(inOrder);
    expect(pages.every(({ sessions }) => sessions.length <= 5)).toBe(true);
    expect(pages.length).toBeGreaterThanOrEqual(5);
  });

  test('end early where what they may cost is spent, and the list continues', async () => {
    const patient = scratch.open({ patience: { requestDeadlineMs: 600_000 } });
    for (let place = 0; place < 520; place++) await save(`many-${place}`);
    const [first, ...others] = await allPages(scratch, patient, { flowId: 'none', size: 200 });
    expect(first).toMatchObject({ sessions: [], examined: 500 });
    expect(others.map(({ examined }) => examined)).toEqual([43]);
  });

  test('end early where most of the time of the request is gone', async () => {
    const slow = scratch.open({
      faults: {
        async inspect(sessionId) {
          scratch.advance(300);
          return scratch.store.inspect(sessionId);
        },
      },
    });
    const page = await slow.listSessions(listQuery(scratch));
    expect(page.examined).toBe(4);
    expect(page.nextToken).not.toBe('');
  });

  test.each([
    ['nonsense', 'it is no token of this method'],
    [Buffer.from('{"v":1}').toString('base64url'), 'it is no token of this method'],
  ])('are refused with the token %s', async (token, why) => {
    await expect(service.listSessions(listQuery(scratch, { token }))).rejects.toMatchObject({
      reason: 'invalid',
      message: `page_token cannot be used: ${why}; begin again without one`,
    });
  });

  test('are refused with the token of other filters, or of another store', async () => {
    const { nextToken: token } = await service.listSessions(listQuery(scratch, { size: 2 }));
    const other = listQuery(scratch, { token, flowId: 'f' });
    await expect(service.listSessions(other)).rejects.toThrow('a list with other filters');
    const text = Buffer.from(token, 'base64url').toString().replace('after', 'left');
    const foreign = listQuery(scratch, { token: Buffer.from(text).toString('base64url') });
    await expect(service.listSessions(foreign)).rejects.toThrow('it is of another store');
  });

  test.each([0, 201, 1.5])('are refused with the size %s', async (size) => {
    await expect(service.listSessions(listQuery(scratch, { size }))).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/pageSize' }],
    });
  });
});

describe('a store that is busy or away', () => {
  test('is asked for few sessions at once, and the others wait, or are refused', async () => {
    for (let place = 0; place < 30; place++) await save(`s${place}`);
    const gate = Promise.withResolvers<void>();
    let [asked, most] = [0, 0];
    const slow = scratch.open({
      patience: { requestDeadlineMs: 20_000 },
      faults: {
        async inspect(sessionId) {
          most = Math.max(most, ++asked);
          await gate.promise;
          asked -= 1;
          return scratch.store.inspect(sessionId);
        },
      },
    });
    const lists = Array.from({ length: 22 }, () => slow.listSessions(listQuery(scratch)));
    await expect(slow.listSessions(listQuery(scratch))).rejects.toMatchObject({
      reason: 'overloaded',
      facts: { retryAfterMs: 1000 },
    });
    gate.resolve();
    const pages = await Promise.all(lists);
    expect(pages.map(({ sessions }) => sessions.length)).toEqual(pages.map(() => 30));
    expect(most).toBe(8);
  });

  const away = new StoreUnavailable('inspect', { reason: 'no route' });

  test('fails a page, which may be asked for again', async () => {
    await save('s');
    const faults = { inspect: () => Promise.reject(away) };
    const failing = scratch.open({ faults, patience: { requestDeadlineMs: 50 } });
    await expect(failing.listSessions(listQuery(scratch))).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });

  test('is left out, and named, where that is asked for', async () => {
    await save('here');
    await save('there');
    const partly = scratch.open({
      faults: {
        inspect: (sessionId) =>
          sessionId === 'there' ? Promise.reject(away) : scratch.store.inspect(sessionId),
        shardOfSession: () => 'redis-2:6379',
      },
    });
    const page = await partly.listSessions(listQuery(scratch, { skipsUnavailable: true }));
    expect([idsOn([page]), page.unavailable]).toEqual([['here'], ['redis-2:6379']]);
  });

  test('is not left out in silence where all of it is away', async () => {
    const faults: Parameters<Scratch['open']>[0] = {
      faults: {
        scanSessions: async ({ skipsShard }) => {
          if (!skipsShard) throw away;
          return { sessionIds: [], next: undefined, hasRestarted: false, skippedShard: 'a:1' };
        },
      },
    };
    const query = listQuery(scratch, { skipsUnavailable: true });
    await expect(scratch.open(faults).listSessions(query)).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'no part of the store could be reached: a:1',
    });
  });
});
