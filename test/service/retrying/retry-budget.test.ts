import { describe, expect, test } from 'vitest';
import { createDeadlines } from '../../../src/service/retrying/deadlines.ts';
import { createRetryBudget } from '../../../src/service/retrying/retry-budget.ts';
import { untilDeadline } from '../../../src/service/retrying/until-deadline.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';

/** Always allowed, within ten seconds. */
const FLOOR = 100;

/** How much may be sent again in one instant. */
function spendAll(budget: ReturnType<typeof createRetryBudget>, nowMs: number): number {
  let taken = 0;
  while (taken < 1e5 && budget.take(nowMs)) taken++;
  return taken;
}

describe('a budget', () => {
  test('allows a few repetitions without any traffic', () => {
    expect(spendAll(createRetryBudget(), 5000)).toBe(FLOOR);
  });

  test('allows a tenth of the traffic of the last ten seconds', () => {
    const budget = createRetryBudget();
    for (let request = 0; request < 20_000; request++) budget.began(request / 2);
    expect(spendAll(budget, 9999)).toBe(FLOOR + 2000);
  });

  test('forgets traffic and repetitions after ten seconds', () => {
    const budget = createRetryBudget();
    for (let request = 0; request < 20_000; request++) budget.began(0);
    expect(spendAll(budget, 9000)).toBe(FLOOR + 2000);
    expect(spendAll(budget, 10_000)).toBe(0);
    expect(spendAll(budget, 19_000)).toBe(FLOOR);
    expect(spendAll(budget, 1e9)).toBe(FLOOR);
  });

  test('takes back what was not sent', () => {
    const budget = createRetryBudget();
    expect(spendAll(budget, 0)).toBe(FLOOR);
    budget.giveBack();
    expect(spendAll(budget, 0)).toBe(1);
  });

  test('takes an instant that is a little in the past', () => {
    const budget = createRetryBudget();
    expect(spendAll(budget, 20_000)).toBe(FLOOR);
    budget.began(10_000);
    expect(spendAll(budget, 19_000)).toBe(0);
  });
});

describe('requests that try again', () => {
  const nowMonotonicMs = () => performance.now();
  const patience = { requestDeadlineMs: 1000, nowMonotonicMs, random: () => 0.5 };
  useClockOfTimers();

  /** How often `count` requests at once are sent to a store that fails, and how many of them were
   * refused. */
  async function attemptsOf(count: number, isUnsent: boolean) {
    const decisions = { sent: 0, withheld: 0 };
    const budget = createRetryBudget((isSent) => {
      decisions[isSent ? 'sent' : 'withheld'] += 1;
    });
    const deadlines = createDeadlines(nowMonotonicMs);
    let attempts = 0;
    const fails = async () => {
      attempts += 1;
      throw new StoreUnavailable('append', { reason: 'it fails', isUnsent });
    };
    const refused = await Promise.allSettled(
      Array.from({ length: count }, () => {
        const receipt = { wallMicros: 0n, monotonicMs: performance.now() };
        return untilDeadline(fails, { receipt, patience, deadlines, budget });
      }),
    );
    return { attempts, decisions, refused: refused.map(({ status }) => status) };
  }

  test('send no more than the budget allows, whatever their number', async () => {
    const { attempts, decisions, refused } = await attemptsOf(500, false);
    expect(attempts).toBe(500 + FLOOR + 50);
    expect(decisions.sent).toBe(FLOOR + 50);
    expect(decisions.withheld).toBeGreaterThan(0);
    expect(refused.every((status) => status === 'rejected')).toBe(true);
  });

  test('pay nothing for what was not sent', async () => {
    const { attempts, decisions } = await attemptsOf(500, true);
    expect(attempts).toBeGreaterThan(2000);
    expect(decisions).toEqual({ sent: 0, withheld: 0 });
  });
});
