// All that is kept of a user: what is in an export, and what it says of what is not.

import { beforeEach, describe, expect, test } from 'vitest';
import { createRedactedService } from '../../../src/service/access/redacted-service.ts';
import { createScopedService } from '../../../src/service/access/scoped-service.ts';
import type {
  ExportEnd,
  ExportedSession,
  ExportHead,
  ExportPart,
} from '../../../src/service/listing/user-export.ts';
import type { SessionService } from '../../../src/service/session-service.ts';
import { type Caller, SCOPES, type Scope } from '../../../src/session/caller.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';
import { HOUR_MS, openSpoolWorld } from '../spooling/spool-world.ts';
import { countTurns, flipBit } from './list-world.ts';

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

const save = (sessionId: string, given: Parameters<Scratch['persist']>[1] = {}) =>
  scratch.persist(service, { sessionId, userId: 'u', ...given });

type Asked = {
  caller?: Caller;
  ageMs?: number;
  onSession?: () => Promise<unknown>;
};

/** An export, as a whole. */
async function exported(
  of: Pick<SessionService, 'exportUser'> = service,
  { caller, ageMs = 0, onSession = async () => {} }: Asked = {},
) {
  const parts: ExportPart[] = [];
  const receipt = { ...scratch.receipt(ageMs), caller };
  for await (const part of of.exportUser({ receipt, userId: 'u', isCheckOnly: false })) {
    parts.push(part);
    if (part.kind === 'session') await onSession();
  }
  const [head, ...rest] = parts;
  const end = rest.pop();
  expect([head?.kind, end?.kind]).toEqual(['head', 'end']);
  const sessions = rest as ExportedSession[];
  const ids = sessions.map(({ sessionId }) => sessionId).sort();
  return { head: head as ExportHead, sessions, ids, end: end as ExportEnd };
}

describe('an export', () => {
  test('may take longer than other requests, and leaves them their turns', async () => {
    for (let place = 0; place < 20; place++) await save(`s${place}`);
    const turns = countTurns();
    expect((await exported(service, { ageMs: HOUR_MS })).ids).toHaveLength(20);
    expect(turns()).toBeGreaterThanOrEqual(20);
  });

  test('has every session of the user as it is stored, with what updates replaced', async () => {
    await save('a', { flowId: 'f', ...variable('paid', false) });
    await save('a', { ...variable('paid', true), removedContext: ['gone'] });
    await save('b');
    await save('other', { userId: 'v' });
    const { head, sessions, end, ids } = await exported();
    expect(ids).toEqual(['a', 'b']);
    const [a] = sessions.filter(({ sessionId }) => sessionId === 'a');
    const inspection = await service.inspect({
      ...{ receipt: scratch.receipt(), sessionId: 'a', revision: 0 },
    });
    const state = { ...inspection?.state, ttlMs: expect.any(Number) };
    expect(a?.inspection).toEqual({ ...inspection, state });
    expect(a?.values.map(({ variables }) => variables)).toEqual([
      [expect.objectContaining({ key: 'paid', json: 'false' })],
      [expect.objectContaining({ key: 'paid', json: 'true' })],
    ]);
    expect(head).toMatchObject({
      ...{ userId: 'u', indexEntries: 2, tombstone: undefined, isBeingErased: false },
      ...{ serviceVersion: expect.stringMatching(/^\d+\.\d+\.\d+/), isRedacted: false },
    });
    expect(end).toEqual({
      ...{ kind: 'end', isComplete: true, sessions: 2, spooledUpdates: 0 },
      ...{ problems: [], problemCount: 0 },
    });
  });

  test('has the whole history, however little of it a flow shows', async () => {
    const brief = scratch.open({ flows: { default: { historyMaxEntries: 1 } } });
    const history = ['one', 'two'].map((nodeId, place) => ({
      ...{ nodeId, timestamp: `2024-06-15T10:00:0${place}Z` },
    }));
    await scratch.persist(brief, { sessionId: 's', userId: 'u', history });
    expect((await scratch.inspect(brief))?.state.history).toHaveLength(1);
    const { sessions } = await exported(brief);
    expect(sessions[0]?.inspection?.state.history).toHaveLength(2);
  });

  test('has sessions that begin meanwhile, and each session once', async () => {
    for (let place = 0; place < 5; place++) await save(`s${place}`);
    let begun = 0;
    const { ids, end } = await exported(service, {
      async onSession() {
        await save('s1', { timestamp: String(2_000_000_000 + begun) });
        if (begun++ === 0) await save('late');
      },
    });
    expect(ids).toEqual(['late', 's0', 's1', 's2', 's3', 's4']);
    expect(end).toMatchObject({ isComplete: true, sessions: 6 });
  });

  test('of a user of whom nothing is kept is empty, but for a tombstone', async () => {
    expect(await exported()).toMatchObject({ sessions: [], end: { isComplete: true } });
    await save('s');
    await scratch.eraseUser(service, 'u');
    const { head, sessions, end } = await exported();
    expect([head.tombstone !== undefined, sessions, end.isComplete]).toEqual([true, [], true]);
  });

  test('has what waits in the spool, and counts it', async () => {
    const world = openSpoolWorld({ settings: { sessionTtlMs: 48 * HOUR_MS } });
    const sidecar = world.start();
    await world.persist(world.open(), { sessionId: 'stored', userId: 'u', ...variable('a', 1) });
    world.leave();
    await world.persist(sidecar.service, { sessionId: 'stored', userId: 'u', ...variable('a', 2) });
    await world.persist(sidecar.service, { sessionId: 'new', userId: 'u', ...variable('b', 3) });
    world.comeBack();
    for (const name of ['append', 'index']) world.away.add(name);
    scratch = world;
    const { ids, sessions, end } = await exported(sidecar.service);
    expect(ids).toEqual(['new', 'stored']);
    const texts = sessions.flatMap(({ inspection }) => inspection?.state.variables ?? []);
    expect(texts.map(({ json }) => json).sort()).toEqual(['2', '3']);
    expect(end).toMatchObject({ isComplete: true, sessions: 2, spooledUpdates: 2 });
  });

  test('reads a session once the one before was taken, so that memory does not grow', async () => {
    for (let place = 0; place < 10; place++) await save(`s${place}`);
    let [read, taken] = [0, 0];
    const counting = scratch.open({
      faults: {
        inspect(sessionId) {
          read += 1;
          return scratch.store.inspect(sessionId);
        },
      },
    });
    const onSession = async () => expect(read).toBe(++taken);
    expect((await exported(counting, { onSession })).ids).toHaveLength(10);
  });
});

describe('what cannot be read', () => {
  test('is named, with the bytes that are there, and no fallback in its place', async () => {
    const flows = { default: { fallback: { variables: [{ key: 'f', json: '1' }], context: [] } } };
    const falling = scratch.open({ flows });
    await save('fallback', variable('a', 1));
    await save('part', variable('a', 1));
    await save('part', variable('b', 2));
    await flipBit(scratch, 'fallback', 0);
    await flipBit(scratch, 'part', 0);
    const { sessions, end } = await exported(falling);
    expect(end).toMatchObject({ isComplete: false, sessions: 2, problemCount: 2 });
    expect(end.problems.map(({ sessionId, reason }) => [sessionId, reason]).sort()).toEqual([
      ['fallback', 'damaged'],
      ['part', 'damaged'],
    ]);
    for (const { sessionId, inspection } of sessions) {
      expect(inspection?.frames[0]?.rawBytes?.length).toBeGreaterThan(36);
      expect(inspection?.state.variables.map(({ key }) => key)).toEqual(
        sessionId === 'part' ? ['b'] : [],
      );
    }
    await falling.compactor.close();
    expect((await scratch.store.inspect('part')).quarantine).toEqual([]);
  });

  test('of a session that has ended is what is left in quarantine', async () => {
    const keeping = scratch.open({ settings: { quarantineTtlMs: HOUR_MS } });
    await save('s');
    await save('s');
    await flipBit(scratch, 's', 0);
    await scratch.inspect(keeping);
    await keeping.compactor.close();
    scratch.advance(61_000);
    const { sessions, end } = await exported();
    expect(sessions).toMatchObject([
      { sessionId: 's', inspection: undefined, quarantine: [{ verdict: 'bad_digest' }] },
    ]);
    expect(end.problems).toMatchObject([{ sessionId: 's', reason: 'damaged' }]);
  });

  const away = new StoreUnavailable('inspect', { reason: 'no route' });

  test('is named where a shard is away, which is waited for once', async () => {
    for (let place = 10; place < 30; place++) await save(`away-${place}`);
    await save('here');
    let asked = 0;
    const partly = scratch.open({
      patience: { requestDeadlineMs: 100 },
      faults: {
        async inspect(sessionId) {
          if (sessionId === 'here') return scratch.store.inspect(sessionId);
          asked += 1;
          throw away;
        },
        shardOfSession: (sessionId) => (sessionId === 'here' ? 'a' : 'b'),
      },
    });
    const { ids, end } = await exported(partly);
    expect(ids).toEqual(['here']);
    expect(end).toMatchObject({ isComplete: false, sessions: 1, problemCount: 20 });
    expect(end.problems[0]).toMatchObject({ sessionId: 'away-29', reason: 'unavailable' });
    expect(asked).toBeLessThan(10);
  });

  test('is the index, where that fails on the way; at the beginning the export is refused', async () => {
    await save('s');
    const patience = { requestDeadlineMs: 50 };
    const failing = { userSessions: () => Promise.reject(away) };
    const { end } = await exported(scratch.open({ patience, faults: failing }));
    expect(end.problems).toMatchObject([{ sessionId: '', reason: 'unavailable' }]);
    const faults = { ...failing, inspectUser: () => Promise.reject(away) };
    await expect(exported(scratch.open({ patience, faults }))).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });
});

describe('a caller', () => {
  const callerOf = (scopes: readonly Scope[], idPrefix = ''): Caller => ({
    ...{ name: 'c', scopes, idPrefix, callsPerSecond: undefined },
  });

  test('needs the right to inspect, and sees its own sessions alone', async () => {
    await save('u:1');
    await save('other');
    const scoped = createScopedService(service);
    for (const scope of SCOPES.filter((one) => one !== 'inspect'))
      await expect(exported(scoped, { caller: callerOf([scope]) })).rejects.toMatchObject({
        reason: 'forbidden',
      });
    expect((await exported(scoped, { caller: callerOf(['inspect'], 'u') })).ids).toEqual(['u:1']);
    await expect(exported(scoped, { caller: callerOf(['inspect'], 'v') })).rejects.toMatchObject({
      violations: [{ pointer: '/userId' }],
    });
  });

  test('sees redacted values only if it may restore sessions, which shows them too', async () => {
    await save('s', variable('iban', 'DE89'));
    await save('damaged', variable('iban', 'DE89'));
    await flipBit(scratch, 'damaged', 0);
    const redacted = createRedactedService(service, ['IBAN']);
    const hidden = await exported(redacted, { caller: callerOf(['inspect']) });
    expect(textsOf(hidden)).toEqual(['[redacted]', '[redacted]']);
    expect(hidden.head.isRedacted).toBe(true);
    const damaged = hidden.sessions.find(({ sessionId }) => sessionId === 'damaged');
    expect(damaged?.inspection?.frames[0]?.rawBytes).toBeUndefined();
    for (const caller of [undefined, callerOf(['inspect', 'restore'])]) {
      const shown = await exported(redacted, caller && { caller });
      expect(shown.head.isRedacted).toBe(false);
      expect(textsOf(shown)).toEqual(['DE89', 'DE89']);
    }
  });
});

/** The values of all variables, in states and in frames. */
function textsOf({ sessions }: { sessions: ExportedSession[] }): string[] {
  const ofStates = sessions.flatMap(({ inspection }) => inspection?.state.variables ?? []);
  const ofFrames = sessions.flatMap(({ values }) => values.flatMap(({ variables }) => variables));
  return [...ofStates, ...ofFrames].map(({ json }) => JSON.parse(json));
}
