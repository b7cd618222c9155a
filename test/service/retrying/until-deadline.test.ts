import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createDeadlines, type Deadlines } from '../../../src/service/retrying/deadlines.ts';
import { untilDeadline } from '../../../src/service/retrying/until-deadline.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';

const down = () => Promise.reject(new StoreUnavailable('append', { reason: 'host: ECONNREFUSED' }));
const receipt = () => ({ wallMicros: 0n, monotonicMs: performance.now() });
const patience = {
  requestDeadlineMs: 150,
  nowMonotonicMs: () => performance.now(),
  random: () => 0.5,
};

let deadlines: Deadlines;
useClockOfTimers();
beforeEach(() => {
  deadlines = createDeadlines(patience.nowMonotonicMs);
});

describe('untilDeadline()', () => {
  test('gives what the first successful attempt gives', async () => {
    let attempts = 0;
    const attempt = async () => (++attempts < 3 ? down() : 'answered');
    expect(await untilDeadline(attempt, { receipt: receipt(), patience, deadlines })).toBe(
      'answered',
    );
    expect(attempts).toBe(3);
  });

  test('refuses once the deadline has passed, and keeps the cause', async () => {
    const startedMs = performance.now();
    const refused = untilDeadline(down, { receipt: receipt(), patience, deadlines });
    await expect(refused).rejects.toMatchObject({
      reason: 'unavailable',
      cause: { message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(performance.now() - startedMs).toBeLessThanOrEqual(patience.requestDeadlineMs);
  });

  test.each([
    ['at once if the caller has somewhere else to turn', 140, false],
    ['at the deadline if it has not', undefined, true],
  ])('gives up a store that is cut off %s', async (_, maxMs, isAskedAgain) => {
    let attempts = 0;
    const cutOff = async () => {
      attempts += 1;
      throw new StoreUnavailable('append', { reason: 'host: timeout', isCutOff: true });
    };
    const refused = untilDeadline(cutOff, { receipt: receipt(), patience, deadlines, maxMs });
    await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
    expect(attempts > 1).toBe(isAskedAgain);
  });

  test('does not wait for a later attempt that hangs', async () => {
    let attempts = 0;
    const attempt = () => (++attempts === 1 ? down() : new Promise<never>(() => {}));
    const refused = untilDeadline(attempt, { receipt: receipt(), patience, deadlines });
    await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
    expect(attempts).toBe(2);
  });

  test('does not wait for a first attempt that is still out at the deadline', async () => {
    const hangs = () => new Promise<never>(() => {});
    const refused = untilDeadline(hangs, { receipt: receipt(), patience, deadlines });
    await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('counts from receipt, not from the first attempt', async () => {
    vi.useRealTimers();
    const long = { wallMicros: 0n, monotonicMs: performance.now() - 1000 };
    let attempts = 0;
    const attempt = () => {
      attempts++;
      return down();
    };
    // Node warns of a timer that is set to a time in the past.
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    await expect(
      untilDeadline(attempt, { receipt: long, patience, deadlines }),
    ).rejects.toMatchObject({
      reason: 'unavailable',
    });
    expect(attempts).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  test('says of a write under a condition that its outcome is unknown', async () => {
    const refused = untilDeadline(down, {
      receipt: receipt(),
      patience,
      deadlines,
      late: 'outcome_unknown',
    });
    await expect(refused).rejects.toMatchObject({
      reason: 'outcome_unknown',
      message: expect.stringContaining('updateId'),
    });
  });

  const refused = (isLasting: boolean) => {
    const refusal = { kind: 'read_only', isLasting, text: 'READONLY a replica.' } as const;
    return Promise.reject(
      new StoreUnavailable('append', { reason: 'host: READONLY a replica', refusal }),
    );
  };

  test('refuses at once, by its name, what the store refuses for a reason that lasts', async () => {
    let attempts = 0;
    const attempt = () => {
      attempts++;
      return refused(true);
    };
    const startedMs = performance.now();
    await expect(
      untilDeadline(attempt, { receipt: receipt(), patience, deadlines, late: 'outcome_unknown' }),
    ).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(/^the session store refuses: READONLY a replica; /),
    });
    expect(attempts).toBe(1);
    expect(performance.now()).toBe(startedMs);
  });

  test('keeps the outcome unknown where an attempt before was not answered', async () => {
    let attempts = 0;
    const attempt = () => (++attempts === 1 ? down() : refused(true));
    await expect(
      untilDeadline(attempt, { receipt: receipt(), patience, deadlines, late: 'outcome_unknown' }),
    ).rejects.toMatchObject({ reason: 'outcome_unknown' });
    expect(attempts).toBe(2);
  });

  test('tries again what the store refuses for now, and names it at the deadline', async () => {
    let attempts = 0;
    const attempt = () => (++attempts < 3 ? refused(false) : Promise.resolve('answered'));
    expect(await untilDeadline(attempt, { receipt: receipt(), patience, deadlines })).toBe(
      'answered',
    );
    const late = untilDeadline(() => refused(false), { receipt: receipt(), patience, deadlines });
    await expect(late).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(/^the session store refused for 150 ms: READONLY a replica; /),
    });
  });

  test('does not try again what failed for another reason', async () => {
    let attempts = 0;
    const bug = new TypeError('a bug');
    const attempt = async () => {
      attempts++;
      throw bug;
    };
    await expect(untilDeadline(attempt, { receipt: receipt(), patience, deadlines })).rejects.toBe(
      bug,
    );
    expect(attempts).toBe(1);
  });
});
