// Restoring by user where sessions of the user are damaged. The newest session is answered,
// whatever is left of it: an older one in its place would be passed off as the newest, and an
// answer of "not found" would be a lie.

import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { readLive, type StoreUnderTest } from '../../contract/store-under-test.ts';
import { STORES_TO_DAMAGE } from '../../support/stores-to-damage.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';

const DAY = 86_400;

describe.each(Object.entries(STORES_TO_DAMAGE))('on %s, a restore by user', (_, open) => {
  let tested: StoreUnderTest;
  let service: ReturnType<typeof createTestService>;
  let read: { sessionId: string; outcome: string }[];
  /** Names that no other test has. */
  let names: Record<'user' | 'other' | 'older' | 'newer', string>;
  beforeEach(async () => {
    tested = await open();
    read = [];
    const sessionRead = ({ sessionId, outcome }: { sessionId: string; outcome: string }) =>
      read.push({ sessionId, outcome });
    service = createTestService(tested.store, { observer: { sessionRead } });
    const named = ['user', 'other', 'older', 'newer'].map((name) => [
      name,
      `${name} ${randomUUID()}`,
    ]);
    names = Object.fromEntries(named);
  });

  /** An update of a session, in the order of their days; names nobody if there is no user. */
  const save = (sessionId: string, userId: string, { day, key }: { day: number; key: string }) =>
    service.persist(
      commandOf({
        ...{
          sessionId,
          userId,
          timestamp: String(1_700_000_000 + day * DAY),
          receipt: receiptNow(),
        },
        context: [{ key, json: JSON.stringify(`${key} of ${sessionId}`) }],
      } satisfies Partial<PersistCommand>),
    );
  const restore = (userId: string) =>
    service.restore({ receipt: receiptNow(), sessionId: '', userId, revision: 0 });
  const inspectUser = (userId: string) => service.inspectUser({ receipt: receiptNow(), userId });

  /** Flips a bit in the middle of frames of a session, by their places. */
  async function damage(sessionId: string, ...places: number[]): Promise<void> {
    const { frames } = await readLive(tested, sessionId);
    for (const place of places) {
      const { name, value } = frames.at(place) ?? {};
      if (name === undefined || value === undefined) throw new Error(`there is no frame ${place}`);
      const injured = Buffer.from(value);
      const middle = injured.length >> 1;
      injured[middle] = (injured[middle] ?? 0) ^ 1;
      await tested.tamper(sessionId, { frame: name, value: injured });
    }
  }

  test('answers the fallback of the newest session, counted, if that is damaged', async () => {
    await save(names.older, names.user, { day: 10, key: 'cart' });
    await save(names.newer, names.user, { day: 11, key: 'cart' });
    await damage(names.newer, 0);
    const found = await restore(names.user);
    expect(found).toMatchObject({
      sessionId: names.newer,
      outcome: 'fallback',
      userId: '',
      variables: [],
    });
    expect(JSON.stringify(found?.context)).not.toContain('cart');
    expect(read).toEqual([{ sessionId: names.newer, outcome: 'fallback' }]);
  });

  test('answers the fallback of the only session if that is damaged', async () => {
    await save(names.newer, names.user, { day: 1, key: 'cart' });
    await damage(names.newer, 0);
    expect(await restore(names.user)).toMatchObject({
      sessionId: names.newer,
      outcome: 'fallback',
    });
  });

  test.each([0, 1, 2])(
    'answers what is left of the newest if frame %i of 3 is damaged',
    async (place) => {
      await save(names.older, names.user, { day: 10, key: 'cart' });
      const updates = ['a', 'b', 'c'].map((key, day) => ({ key, day: 11 + day }));
      for (const update of updates) await save(names.newer, names.user, update);
      await damage(names.newer, place);
      const found = await restore(names.user);
      expect(found).toMatchObject({
        sessionId: names.newer,
        outcome: 'recovered',
        userId: names.user,
      });
      const left = updates.filter((_update, at) => at !== place).map(({ key }) => key);
      expect(found?.context.map(({ key }) => key)).toEqual(left);
    },
  );

  test('answers what is left of the newest if the frame that named the user is damaged', async () => {
    await save(names.older, names.user, { day: 10, key: 'cart' });
    await save(names.newer, names.user, { day: 11, key: 'a' });
    await save(names.newer, '', { day: 12, key: 'b' });
    await damage(names.newer, 0);
    const found = await restore(names.user);
    expect(found).toMatchObject({ sessionId: names.newer, outcome: 'recovered', userId: '' });
    expect(found?.context.map(({ key }) => key)).toEqual(['b']);
  });

  test('answers an older damaged session only where no newer one is live', async () => {
    await save(names.older, names.user, { day: 10, key: 'cart' });
    await save(names.newer, names.user, { day: 11, key: 'cart' });
    await damage(names.older, 0);
    expect(await restore(names.user)).toMatchObject({ sessionId: names.newer, outcome: 'intact' });
    await service.erase({
      receipt: receiptNow(),
      sessionId: names.newer,
      ifMatch: '',
      updateId: '',
    });
    expect(await restore(names.user)).toMatchObject({
      sessionId: names.older,
      outcome: 'fallback',
    });
  });

  test('never answers a session in which a frame that can be read names somebody else', async () => {
    await save(names.older, names.user, { day: 10, key: 'mine' });
    await save(names.newer, names.user, { day: 11, key: 'mine' });
    await save(names.newer, names.other, { day: 12, key: 'theirs' });
    for (const places of [[], [0]]) {
      await damage(names.newer, ...places);
      expect(await restore(names.user)).toMatchObject({
        sessionId: names.older,
        outcome: 'intact',
      });
      expect(await restore(names.other)).toMatchObject({ sessionId: names.newer });
    }
  });

  test('tells nothing of the contents of a session that changed hands and cannot be read', async () => {
    await save(names.newer, names.user, { day: 11, key: 'mine' });
    await save(names.newer, names.other, { day: 12, key: 'theirs' });
    await damage(names.newer, 0, 1);
    const found = await restore(names.user);
    expect(found).toMatchObject({
      sessionId: names.newer,
      outcome: 'fallback',
      userId: '',
      flowId: '',
    });
    expect(JSON.stringify([found?.variables, found?.context, found?.history])).not.toMatch(
      /mine|theirs/,
    );
  });

  test('does not answer a session that is whole and names nobody, though an entry is left of one that did', async () => {
    await save(names.newer, '', { day: 11, key: 'theirs' });
    const moment = { receivedAtMonotonicMs: performance.now(), ttlMs: 60_000 };
    await tested.store.index({ userId: names.user, sessionId: names.newer, eventMs: 1, ...moment });
    expect(await restore(names.user)).toBeUndefined();
  });

  test('has its damaged sessions in the list of the user', async () => {
    await save(names.older, names.user, { day: 10, key: 'cart' });
    await save(names.newer, names.user, { day: 11, key: 'cart' });
    await damage(names.newer, 0);
    expect(
      (await inspectUser(names.user)).sessions.map(({ sessionId, outcome }) => [
        sessionId,
        outcome,
      ]),
    ).toEqual([
      [names.newer, 'fallback'],
      [names.older, 'intact'],
    ]);
  });

  test('is erased with the user, also if the frame that named the user is damaged', async () => {
    await save(names.newer, names.user, { day: 11, key: 'a' });
    await save(names.newer, '', { day: 12, key: 'b' });
    await damage(names.newer, 0);
    const { sessions } = await service.eraseUser({ receipt: receiptNow(), userId: names.user });
    expect(sessions).toMatchObject([{ sessionId: names.newer, found: true }]);
    expect(await restore(names.user)).toBeUndefined();
  });
});

describe('a restore by user that cannot look at every entry', () => {
  const entries = (count: number) =>
    Array.from({ length: count }, (_, place) => ({
      sessionId: `s${place}`,
      eventMs: count - place,
    }));
  const serviceOver = async (
    count: number,
    {
      requestDeadlineMs = 20_000,
      ...faults
    }: Partial<SessionStore> & { requestDeadlineMs?: number } = {},
  ) => {
    const { store } = await STORES_TO_DAMAGE.SQLite();
    const userSessions: SessionStore['userSessions'] = async (_user, { offset, limit }) =>
      entries(count).slice(offset, offset + limit);
    const patience = { requestDeadlineMs };
    return createTestService({ ...store, userSessions, ...faults }, { patience });
  };
  const byUser = { sessionId: '', userId: 'u', revision: 0 };

  test('is refused rather than answered that there is none', async () => {
    const service = await serviceOver(1001);
    const restoring = service.restore({ ...byUser, receipt: receiptNow() });
    await expect(restoring).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('more were not looked at'),
    });
  });

  test('finds that there is none among as many as it looks at', async () => {
    const service = await serviceOver(1000);
    expect(await service.restore({ ...byUser, receipt: receiptNow() })).toBeUndefined();
  });

  test('is refused at its deadline', async () => {
    const service = await serviceOver(5, {
      ...{ read: () => new Promise(() => {}), requestDeadlineMs: 100 },
    });
    const restoring = service.restore({ ...byUser, receipt: receiptNow() });
    await expect(restoring).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
