// What the table of operations says: which requests may be repeated, which answers are certain.

import { describe, expect, test } from 'vitest';
import { createRetryingStore } from '../../../src/service/retrying/retrying-store.ts';
import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';

const patience = {
  requestDeadlineMs: 600,
  nowMonotonicMs: () => performance.now(),
  random: () => 0.5,
};
const receipt = () => ({ wallMicros: 0n, monotonicMs: performance.now() });
const CONDITIONS = { lockToken: '', ifMatch: '' };

useClockOfTimers();

type Answer = unknown;

/** A store whose operations answer one after the other; the last answer again and again. A number
 * is a lost attempt that may take effect for so many milliseconds. */
function storeThat(...answers: Answer[]) {
  let calls = 0;
  const call = async () => {
    const answer = answers[Math.min(calls++, answers.length - 1)];
    if (typeof answer !== 'number') return answer as never;
    const lost = new StoreUnavailable('it', { reason: 'no answer' });
    lost.openUntilMonotonicMs = performance.now() + answer;
    throw lost;
  };
  const store = { append: call, erase: call, lock: call, unlock: call, read: call };
  const retrying = createRetryingStore(store as unknown as SessionStore, patience);
  return { retrying, calls: () => calls };
}

test.each([
  ['append', CONDITIONS, 'unavailable', /send the update again/],
  ['append', { ...CONDITIONS, ifMatch: 'none' }, 'outcome_unknown', /the same updateId/],
  ['append', { ...CONDITIONS, lockToken: 't' }, 'outcome_unknown', /the same updateId/],
  ['erase', { ifMatch: '' }, 'unavailable', /send the request again/],
  ['erase', { ifMatch: 'e' }, 'outcome_unknown', /the same updateId/],
  ['lock', {}, 'unavailable', /send the request again/],
  ['unlock', {}, 'unavailable', /send the request again/],
  ['read', 's', 'unavailable', /send the request again/],
] as const)('%s of %o that is not answered is %s', async (operation, request, reason, advice) => {
  const { retrying, calls } = storeThat(0);
  const refused = retrying.within(receipt())[operation](request as never);
  await expect(refused).rejects.toMatchObject({ reason, message: expect.stringMatching(advice) });
  expect(calls()).toBeGreaterThan(1);
});

describe('after an attempt that was lost and may still take effect', () => {
  test.each([
    ['append', CONDITIONS, 'conflict', 'known'],
    ['append', CONDITIONS, 'locked', 'stored'],
    ['erase', { ifMatch: '' }, 'conflict', 'erased'],
    ['lock', {}, 'busy', 'held'],
  ] as const)('%s(%o) asks again about %s, and answers %s', async (operation, request, no, yes) => {
    const { retrying, calls } = storeThat(400, { status: no }, { status: yes });
    const answer = await retrying.within(receipt())[operation](request as never);
    expect([answer, calls()]).toEqual([{ status: yes }, 3]);
  });

  test.each([
    ['append', CONDITIONS, 'known'],
    ['append', CONDITIONS, 'stored'],
    ['lock', {}, 'held'],
    ['unlock', {}, 'lost'],
  ] as const)('%s(%o) answers %s at once', async (operation, request, status) => {
    const { retrying, calls } = storeThat(1e6, { status });
    const answer = await retrying.within(receipt())[operation](request as never);
    expect([answer, calls()]).toEqual([{ status }, 2]);
  });

  test('a caller that asks again itself gets every answer at once', async () => {
    const { retrying } = storeThat(1e6, { status: 'busy' });
    const store = retrying.within(receipt(), { asksAgain: () => true });
    expect(await store.lock({} as never)).toEqual({ status: 'busy' });
  });

  test('the next operation of the request does not believe a refusal either', async () => {
    const { retrying, calls } = storeThat(400, { status: 'stored' }, { status: 'conflict' });
    const store = retrying.within(receipt());
    await store.append(CONDITIONS as never);
    expect(await store.append(CONDITIONS as never)).toEqual({ status: 'conflict' });
    expect(calls()).toBe(4);
  });
});

test('each failed attempt is reported', async () => {
  const failed: string[] = [];
  const { retrying } = storeThat(0, 0, undefined);
  const store = retrying.within(receipt(), { onFailedAttempt: () => void failed.push('failed') });
  await store.read('s');
  expect(failed).toHaveLength(2);
});

test('background work makes one attempt', async () => {
  const { retrying, calls } = storeThat(0);
  await expect(retrying.once.read('s')).rejects.toThrow(StoreUnavailable);
  expect(calls()).toBe(1);
});

test('other work is waited for until the deadline', async () => {
  const store = storeThat().retrying.within(receipt());
  expect(await store.waitFor(Promise.resolve('done'))).toBe('done');
  await expect(store.waitFor(new Promise(() => {}))).rejects.toMatchObject({
    reason: 'unavailable',
    message: expect.stringContaining('send the update again'),
  });
});
