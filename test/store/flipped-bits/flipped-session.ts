// A session with every kind of stored field, and the outcome of one flipped bit in it: what was
// found, and what it cost. What a bit must never cost fails here.

import { expect } from 'vitest';
import type { SessionInspection } from '../../../src/service/session-service.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { LOCK_MAX_MS, type SessionStore } from '../../../src/store/session-store.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';
import { flipped } from './stored-copy.ts';

/** The life of the session: longer than the test, and shorter than most of what a bit makes of it. */
const TTL_MS = 3_600_000;
const SLACK_MS = 60_000;
/** The lock is held for all of the test. */
const LOCK_TTL_MS = 300_000;

/** What came of a flipped bit. */
export type Outcome = {
  /** What reported it: names of fields, `log`, verdicts of frames, `repaired`. */
  found: Set<string>;
  /** What it cost. */
  costs: Set<string>;
};

export async function createFlippedSession(
  store: SessionStore,
  sessionId: string,
  overwrite: (name: string, value: Uint8Array) => Promise<void>,
) {
  const found = new Set<string>();
  const service = createTestService(store, {
    settings: { sessionTtlMs: TTL_MS, quarantineTtlMs: TTL_MS, lockWaitMs: 0 },
    observer: {
      metadataDamaged({ fields, isWhole }) {
        for (const field of fields) found.add(field);
        if (!isWhole) found.add('log');
      },
      frameUnusable: ({ verdict }) => found.add(verdict),
      sessionRepaired: ({ kind }) => found.add(`repaired ${kind}`),
    },
  });
  const idOf = (letter: string) => letter.repeat(22);
  const save = (letter: string, given: { lockToken?: string; ifMatch?: string } = {}) =>
    service.persist(
      commandOf({
        ...{ sessionId, updateId: idOf(letter), flowId: 'flow', timestamp: '1718445600' },
        ...{ variables: [{ key: letter, json: `"${letter}"` }], ...given },
      }),
    );
  const restore = () =>
    service.restore({ receipt: receiptNow(), sessionId, userId: '', revision: 0 });
  const inspect = () => service.inspect({ receipt: receiptNow(), sessionId, revision: 0 });

  await save('z');
  await service.erase({ receipt: receiptNow(), sessionId, updateId: '', ifMatch: '' });
  for (const letter of ['a', 'b', 'q']) await save(letter);
  const damaged = (await store.read(sessionId))?.frames.at(-1);
  if (!damaged) throw new Error('three updates were stored');
  await overwrite(damaged.name, flipped(damaged.value, 400));
  await restore();
  await service.compactor.idle();
  for (const letter of ['d', 'e']) await save(letter);
  const { token: lockToken } = await service.lock({
    ...{ receipt: receiptNow(), sessionId, token: '', ttlMs: LOCK_TTL_MS, waitMs: 0 },
    signal: new AbortController().signal,
  });
  const whole = await inspect();
  const stored = await store.read(sessionId);
  if (!whole || !stored) throw new Error('the session is missing');
  expect(whole).toMatchObject({ isWhole: true, damagedFields: [], unknownFields: [] });
  expect(whole.quarantine).toHaveLength(1);
  expect(whole.tombstone).toBeDefined();
  found.clear();

  return {
    /** What came of the bit that was flipped: the session is restored, saved to, and inspected. */
    async outcome(): Promise<Outcome> {
      found.clear();
      const costs = new Set<string>();
      const restored = await restore();
      expect(restored, 'the session is there').toBeDefined();
      const ttlMs = restored?.ttlMs ?? 0;
      expect(ttlMs).toBeLessThanOrEqual(TTL_MS + SLACK_MS);
      if (restored?.etag !== whole.state.etag) costs.add('its etag');
      if (restored?.revision !== whole.state.revision) costs.add('its revision');
      await saveUnderLock(costs);
      // An attempt at the update that was erased.
      expect(await statusOf(save('z', { lockToken }))).toMatch(/dropped|accepted|lock_lost/);
      const inspected = await inspect();
      if (!inspected) throw new Error('the session is missing');
      for (const field of inspected.unknownFields) found.add(`unknown field ${field.length}`);
      compare(inspected, costs);
      await service.compactor.idle();
      if ((await store.read(sessionId))?.flowId !== 'flow') costs.add('its flow');
      return { found: new Set(found), costs };
    },
    close: () => service.lapseWatch.close(),
  };

  /** Under the lock, and on the etag; if one of them is lost, without. */
  async function saveUnderLock(costs: Set<string>): Promise<void> {
    const ifMatch = whole?.state.etag ?? '';
    let status = await statusOf(save('s', { lockToken, ifMatch }));
    if (status === 'lock_lost') {
      costs.add('the lock');
      status = await statusOf(save('s', { ifMatch }));
    }
    if (status === 'conflict') {
      costs.add('its etag');
      status = await statusOf(save('s', { lockToken }));
    }
    if (status !== 'locked') expect(status).toBe('accepted');
  }

  function compare(inspected: SessionInspection, costs: Set<string>): void {
    const { state, createdAtMs, expiresAtMs, quarantine, lockedUntilMs = 0 } = inspected;
    expect(state.outcome).not.toBe('fallback');
    if (createdAtMs !== whole?.createdAtMs) costs.add('its beginning');
    expect(expiresAtMs).toBeLessThanOrEqual(Date.now() + TTL_MS + SLACK_MS);
    expect(lockedUntilMs).toBeLessThanOrEqual(Date.now() + LOCK_MAX_MS + SLACK_MS);
    const variables = new Map(state.variables.map(({ key, json }) => [key, json]));
    for (const [key, json] of variables) expect(json).toBe(`"${key}"`);
    if (variables.has('z')) costs.add('one erased update');
    const missing = ['a', 'b', 'd', 'e'].filter((key) => !variables.has(key)).join('');
    expect(['', 'ab', 'd', 'e']).toContain(missing);
    if (missing !== '') costs.add('the frame');
    if (quarantine.length === 0) costs.add('the frame in quarantine');
  }
}

async function statusOf(saving: Promise<{ status: string }>): Promise<string> {
  try {
    return (await saving).status;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}
