import { beforeEach, describe, expect, test } from 'vitest';
import { createScopedService } from '../../../src/service/access/scoped-service.ts';
import { type Caller, SCOPES } from '../../../src/session/caller.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';
import { allPages, flipBit, idsOn, listQuery } from './list-world.ts';

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

describe('a session in a list', () => {
  test('is what Inspect says of it, without a change to it', async () => {
    await save('s', { userId: 'u', flowId: 'f', timestamp: String(EVENT_S), ...variable('a', 1) });
    await save('s', { flowId: 'g', timestamp: `${EVENT_S + 60}000` });
    await scratch.lock(service, { ttlMs: 20_000 });
    const before = await scratch.inspect(service);
    const { sessions } = await service.listSessions(listQuery(scratch));
    expect(sessions).toEqual([
      {
        ...{ sessionId: 's', userId: 'u', flowId: 'g', revision: 2, outcome: 'intact' },
        ...{ createdAtMs: before?.createdAtMs, expiresAtMs: before?.expiresAtMs },
        ...{ lastEventMs: (EVENT_S + 60) * 1000, lockedUntilMs: before?.lockedUntilMs },
        ...{ quarantined: 0, frames: 2, bytes: before?.deltaBytes, isDamaged: false },
      },
    ]);
    const state = { ...before?.state, ttlMs: expect.any(Number) };
    expect(await scratch.inspect(service)).toEqual({ ...before, state });
  });

  test('is damaged where a frame or a field is, and that is left as it is found', async () => {
    for (const id of ['whole', 'recovered', 'fallback', 'field']) {
      await save(id, { userId: 'u', flowId: 'f' });
      if (id !== 'fallback') await save(id);
    }
    await flipBit(scratch, 'recovered', 1);
    await flipBit(scratch, 'fallback', 0);
    const { tamperSqlite } = await import('../../contract/sqlite-tamper.ts');
    const wrong = { field: 'delta_bytes', text: '7', keepsSeal: true } as const;
    await tamperSqlite(scratch.path, 'field', wrong);
    for (const _ of ['first', 'again']) {
      const { sessions } = await service.listSessions(listQuery(scratch));
      expect(sessions.map((one) => [one.sessionId, one.outcome, one.isDamaged])).toEqual([
        ['fallback', 'fallback', true],
        ['field', 'intact', true],
        ['recovered', 'recovered', true],
        ['whole', 'intact', false],
      ]);
      const [fallback] = sessions;
      expect(fallback).toMatchObject({
        userId: '',
        flowId: 'f',
        lastEventMs: undefined,
        frames: 1,
      });
    }
    await service.inspect({ receipt: scratch.receipt(), sessionId: 'recovered', revision: 0 });
    await service.compactor.close();
    const found = await service.listSessions(listQuery(scratch, { idPrefix: 'recovered' }));
    expect(found.sessions).toMatchObject([{ quarantined: 1, frames: 1, isDamaged: true }]);
  });
});

describe('filters', () => {
  beforeEach(async () => {
    await save('a:1', { userId: 'ann', flowId: 'buy', timestamp: String(EVENT_S) });
    await save('a:2', { userId: 'ann', flowId: 'help', timestamp: String(EVENT_S + DAY_S) });
    await save('b:1', { userId: 'bob', flowId: 'buy', timestamp: String(EVENT_S + 2 * DAY_S) });
    await save('b:2', { flowId: 'buy', timestamp: String(EVENT_S + 3 * DAY_S) });
    await flipBit(scratch, 'b:2', 0);
    await scratch.lock(service, { sessionId: 'a:2' });
  });

  const day = (days: number) => (EVENT_S + days * DAY_S) * 1000;
  test.each<[string, Parameters<typeof listQuery>[1], string[]]>([
    ['none', {}, ['a:1', 'a:2', 'b:1', 'b:2']],
    ['user', { userId: 'ann' }, ['a:2', 'a:1']],
    ['user and flow', { userId: 'ann', flowId: 'buy' }, ['a:1']],
    ['user and prefix', { userId: 'ann', idPrefix: 'b' }, []],
    ['nobody', { userId: 'carl' }, []],
    ['flow', { flowId: 'buy' }, ['a:1', 'b:1', 'b:2']],
    ['prefix', { idPrefix: 'a:' }, ['a:1', 'a:2']],
    ['whole id', { idPrefix: 'b:1' }, ['b:1']],
    // One whose last event cannot be read fits any time.
    ['from', { eventFromMs: day(1) }, ['a:2', 'b:1', 'b:2']],
    ['until', { eventUntilMs: day(1) }, ['a:1', 'b:2']],
    ['between', { eventFromMs: day(1), eventUntilMs: day(2) }, ['a:2', 'b:2']],
    ['outcome', { outcomes: ['fallback'] }, ['b:2']],
    ['outcomes', { outcomes: ['recovered', 'intact'] }, ['a:1', 'a:2', 'b:1']],
    ['locked', { isLocked: true }, ['a:2']],
    ['not locked', { isLocked: false, idPrefix: 'a' }, ['a:1']],
    ['damaged', { isDamaged: true }, ['b:2']],
    ['not damaged', { isDamaged: false, flowId: 'buy' }, ['a:1', 'b:1']],
  ])('%s', async (_, given, ids) => {
    const page = await service.listSessions(listQuery(scratch, given));
    expect(idsOn([page])).toEqual(ids);
    expect(page.listedBy).toBe(given?.userId ? 'user_index' : 'scan');
  });

  test('a session that has expired, or only has a lock, is not listed', async () => {
    await scratch.lock(service, { sessionId: 'only-locked' });
    scratch.advance(61_000);
    await save('new');
    expect(idsOn(await allPages(scratch, service))).toEqual(['new']);
  });
});

describe('a caller with a prefix', () => {
  const caller = { name: 'shop-a', scopes: SCOPES, idPrefix: 'a:', callsPerSecond: undefined };
  beforeEach(async () => {
    for (const id of ['a:1', 'a:2', 'b:1']) await save(id, { userId: 'a:shared' });
  });

  test.each([
    ['', '', ['a:1', 'a:2']],
    ['', 'a', ['a:1', 'a:2']],
    ['', 'a:2', ['a:2']],
    ['a:shared', '', ['a:2', 'a:1']],
  ])('sees its own alone: user %j, prefix %j', async (userId, idPrefix, ids) => {
    const scoped = createScopedService(service);
    const query = listQuery(scratch, { caller, userId, idPrefix });
    expect(idsOn([await scoped.listSessions(query)]).sort()).toEqual(ids.sort());
  });

  test.each([
    ['', 'b:', '/sessionIdPrefix'],
    ['b:user', '', '/userId'],
  ])('names no others: user %j, prefix %j', async (userId, idPrefix, pointer) => {
    const query = listQuery(scratch, { caller, userId, idPrefix });
    await expect(createScopedService(service).listSessions(query)).rejects.toMatchObject({
      reason: 'forbidden',
      violations: [{ pointer }],
    });
  });

  test('cannot use a token that names what it may not see', async () => {
    const { nextToken } = await service.listSessions(listQuery(scratch, { size: 1 }));
    const query = listQuery(scratch, { caller, token: nextToken });
    await expect(createScopedService(service).listSessions(query)).rejects.toThrow('other filters');
    const own = listQuery(scratch, { caller, idPrefix: 'a:', size: 1 });
    const page = await createScopedService(service).listSessions(own);
    const sent = JSON.parse(Buffer.from(page.nextToken, 'base64url').toString());
    sent.w.waiting = ['b:1'];
    const token = Buffer.from(JSON.stringify(sent)).toString('base64url');
    const forged = listQuery(scratch, { caller, idPrefix: 'a:', token });
    expect(idsOn([await createScopedService(service).listSessions(forged)])).not.toContain('b:1');
  });
});

describe("a user's own list", () => {
  const page = { size: 10, token: '', skipsUnavailable: false };
  const list = (userId: string, of: Pick<Service, 'userSessions'> = service, caller?: Caller) =>
    of.userSessions({ receipt: { ...scratch.receipt(), caller }, userId, page });
  beforeEach(async () => {
    for (const id of ['a:1', 'b:1']) await save(id, { userId: 'a:shared' });
  });

  test('is what a list of the user is', async () => {
    const { sessions } = await service.listSessions(listQuery(scratch, { userId: 'a:shared' }));
    expect((await list('a:shared')).sessions).toEqual(sessions);
  });

  test('has only what its caller may see', async () => {
    const scopes = ['restore'] as const;
    const caller = { name: 'a', scopes, idPrefix: 'a:', callsPerSecond: undefined };
    const scoped = createScopedService(service);
    expect(idsOn([await list('a:shared', scoped, caller)])).toEqual(['a:1']);
    await expect(list('b:user', scoped, caller)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  test('is refused where restoring by user is off, and for a user who is nobody', async () => {
    const off = scratch.open({ settings: { restoreByUser: false } });
    await expect(list('a:shared', off)).rejects.toMatchObject({ reason: 'forbidden' });
    await expect(list('undefined')).rejects.toMatchObject({ reason: 'invalid' });
    await expect(list('')).rejects.toMatchObject({ violations: [{ pointer: '/userId' }] });
  });
});
