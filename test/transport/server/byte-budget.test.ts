import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Refusal } from '../../../src/session/errors.ts';
import { createByteBudget, type Holder } from '../../../src/transport/server/byte-budget.ts';

const MIB = 1024 * 1024;

/** A budget with a clock that stands still until it is moved, and requests that note what is done
 * to them. */
function createTestBudget(limitBytes: number) {
  let nowMs = 1000;
  const budget = createByteBudget({ limitBytes, nowMs: () => nowMs });
  return {
    budget,
    pass: (ms: number) => {
      nowMs += ms;
    },
    open(name: string, given: Partial<Holder> = {}) {
      const seen = { name, refusals: [] as Refusal[], cuts: 0, released: 0, untaken: 0 };
      const account = budget.open({
        peer: 'peer',
        listener: budget,
        hasBody: true,
        refuseBody: (refusal) => seen.refusals.push(refusal),
        untakenBytes: () => seen.untaken,
        cutAnswer: () => {
          seen.cuts += 1;
        },
        onReleased: () => {
          seen.released += 1;
        },
        ...given,
      });
      return { account, seen };
    },
  };
}

describe('bodies', () => {
  test('the one that has held most for longest gives way', () => {
    const { open, pass } = createTestBudget(4 * MIB);
    const large = open('large');
    large.account.chargeChunk(2 * MIB);
    pass(10);
    const small = open('small');
    small.account.chargeChunk(1000);
    pass(10);
    const newcomer = open('newcomer');
    expect(newcomer.account.chargeChunk(MIB)).toBe(true);
    expect(large.seen).toMatchObject({ refusals: [{ reason: 'overloaded' }], released: 1 });
    expect(small.seen.refusals).toEqual([]);
  });

  test('the one that needs room is refused if it holds most itself, or if the others are being worked on', () => {
    const { open, budget } = createTestBudget(32 * MIB);
    const read = open('read');
    read.account.chargeChunk(2 * MIB);
    expect(read.account.chargeReading()).toBe(true);
    const late = open('late');
    expect(late.account.chargeChunk(2 * MIB)).toBe(true);
    expect(late.account.chargeReading()).toBe(false);
    expect(late.seen.refusals.map(({ message }) => message)).toEqual([
      expect.stringContaining(
        '(32 MiB in all, 24 MiB for one client address); try again in a second',
      ),
    ]);
    expect(read.seen.refusals).toEqual([]);
    read.account.release();
    expect(budget.heldBytes()).toBe(0);
  });

  test('one that is alone is never refused', () => {
    const { account } = createTestBudget(MIB).open('alone');
    expect(account.chargeChunk(5 * MIB)).toBe(true);
    expect(account.chargeReading()).toBe(true);
  });

  test('chunks of one byte are charged for what they take', () => {
    const { open, budget } = createTestBudget(100 * MIB);
    const { account } = open('tiny chunks');
    for (let index = 0; index < 1000; index++) account.chargeChunk(1);
    expect(budget.heldBytes()).toBeGreaterThan(300_000);
  });

  test('another peer finds room', () => {
    const { open } = createTestBudget(4 * MIB);
    const held = open('held');
    held.account.chargeChunk(300_000);
    expect(held.account.chargeReading()).toBe(true);
    expect(open('same').account.chargeChunk(900_000)).toBe(false);
    expect(open('other', { peer: 'other' }).account.chargeChunk(900_000)).toBe(true);
  });
});

describe('answers', () => {
  test('one that has not been taken for a second is cut for others; one that is younger is not', () => {
    const { open, pass } = createTestBudget(4 * MIB);
    const unread = open('unread');
    unread.account.chargeReading();
    unread.account.reserveAnswer(MIB);
    unread.seen.untaken = 2 * MIB;
    unread.account.noteUntaken(2 * MIB, true);
    const reader = open('reader');
    expect(() => reader.account.reserveAnswer(MIB)).toThrow('use up the memory');
    pass(1000);
    reader.account.reserveAnswer(MIB);
    expect(unread.seen).toMatchObject({ cuts: 1, released: 1 });
  });

  test('one that was taken meanwhile is not cut', () => {
    const { open, pass, budget } = createTestBudget(4 * MIB);
    const read = open('read');
    read.account.noteUntaken(2 * MIB, true);
    pass(2000);
    const other = open('other');
    other.account.reserveAnswer(MIB);
    expect(read.seen.cuts).toBe(0);
    expect(budget.heldBytes()).toBe(2 * MIB);
  });

  test('small ones are always given', () => {
    const { open } = createTestBudget(1000);
    const first = open('first');
    first.account.noteUntaken(1000, true);
    expect(() => open('second').account.reserveAnswer(2000)).not.toThrow();
    expect(first.seen).toMatchObject({ cuts: 0, released: 0 });
  });
});

test('places in flight are given up by whoever is slow, on the same listener and of the same peer', () => {
  const { open, budget } = createTestBudget(MIB);
  const silent = open('silent');
  const place = { peer: 'peer', listener: budget };
  expect(budget.makeWay({ ...place, peer: 'other' })).toBe(false);
  expect(budget.makeWay({ ...place, listener: {} })).toBe(false);
  expect(budget.makeWay(place)).toBe(true);
  expect(silent.seen).toMatchObject({ released: 1, refusals: [{ reason: 'overloaded' }] });
  const working = open('working', { hasBody: false });
  expect(budget.makeWay(place)).toBe(false);
  expect(working.seen.released).toBe(0);
});

test('an account is open until its client and its work are done', () => {
  const { open, budget } = createTestBudget(MIB);
  const { account, seen } = open('kept');
  account.chargeChunk(1000);
  account.keep();
  account.release();
  expect([seen.released, budget.heldBytes() > 0]).toEqual([0, true]);
  account.release();
  account.release();
  expect([seen.released, budget.heldBytes()]).toEqual([1, 0]);
});

test('whatever happens in whatever order, the budget holds, and nothing is left in the end', () => {
  const step = fc.record({
    request: fc.integer({ min: 0, max: 7 }),
    what: fc.constantFrom(
      'chunk',
      'reading',
      'expanded',
      'reserve',
      'write',
      'end',
      'keep',
      'release',
      'way',
    ),
    bytes: fc.integer({ min: 0, max: 200_000 }),
    ms: fc.integer({ min: 0, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const limitBytes = MIB;
      const { open, budget, pass } = createTestBudget(limitBytes);
      // Nobody else is alone, and so nobody is let above the limit.
      const ballast = open('ballast', { peer: 'ballast' });
      ballast.account.chargeChunk(1);
      ballast.account.chargeReading();
      const requests = Array.from({ length: 8 }, (_, index) =>
        open(String(index), { peer: index % 2 ? 'odd' : 'even' }),
      );
      let written = 0;
      for (const { request, what, bytes, ms } of steps) {
        pass(ms);
        const { account, seen } = requests[request] ?? open('none');
        if (what === 'chunk') account.chargeChunk(bytes);
        if (what === 'reading') account.chargeReading();
        if (what === 'keep') account.keep();
        if (what === 'release') account.release();
        if (what === 'way') budget.makeWay({ peer: 'odd', listener: budget });
        if (what === 'write' || what === 'end') {
          seen.untaken = bytes;
          written += bytes;
          account.noteUntaken(bytes, what === 'end');
        }
        try {
          if (what === 'expanded') account.chargeExpanded(bytes);
          if (what === 'reserve') account.reserveAnswer(bytes);
        } catch (error) {
          expect(error).toMatchObject({ reason: 'overloaded' });
        }
        // What was written cannot be refused any more.
        expect(budget.heldBytes()).toBeLessThanOrEqual(limitBytes + written);
        expect(budget.heldBytes()).toBeGreaterThanOrEqual(0);
      }
      for (const { account } of requests)
        for (let times = 0; times < 101; times++) account.release();
      ballast.account.release();
      expect(budget.heldBytes()).toBe(0);
      for (const { seen } of requests) expect(seen.released).toBe(1);
    }),
  );
});
