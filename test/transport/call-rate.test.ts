import { expect, test } from 'vitest';
import { type Caller, UNNAMED_CALLER } from '../../src/session/caller.ts';
import type { Refusal } from '../../src/session/errors.ts';
import { createCallRate } from '../../src/transport/call-rate.ts';

function startRate() {
  let now = 0;
  const checkRate = createCallRate(() => now);
  const refusalOf = (caller: Caller): Refusal | undefined => {
    try {
      checkRate(caller);
      return undefined;
    } catch (error) {
      return error as Refusal;
    }
  };
  const passing = (caller: Caller, calls: number) =>
    Array.from({ length: calls }, () => refusalOf(caller)).filter((refusal) => !refusal).length;
  return { refusalOf, passing, pass: (ms: number) => (now += ms) };
}

test('a caller without a rate makes any number of calls', () => {
  expect(startRate().passing(UNNAMED_CALLER, 10_000)).toBe(10_000);
});

test('a second has as many calls as the secret says, however they are spread', () => {
  const { passing, pass, refusalOf } = startRate();
  const caller = { ...UNNAMED_CALLER, name: 'flow', callsPerSecond: 10 };
  expect(passing(caller, 25)).toBe(10);
  const refusal = refusalOf(caller);
  expect(refusal?.reason).toBe('rate_limited');
  expect(refusal?.facts.retryAfterMs).toBeCloseTo(100);
  pass(300);
  expect(passing(caller, 25)).toBe(3);
  pass(60_000);
  expect(passing(caller, 25)).toBe(10);
});

test('a rate below one call a second lets one call pass after its time', () => {
  const { passing, pass } = startRate();
  const caller = { ...UNNAMED_CALLER, name: 'report', callsPerSecond: 0.5 };
  expect(passing(caller, 3)).toBe(1);
  pass(1999);
  expect(passing(caller, 1)).toBe(0);
  pass(1);
  expect(passing(caller, 1)).toBe(1);
});

test('callers have a rate each, by name', () => {
  const { passing } = startRate();
  const one = { ...UNNAMED_CALLER, name: 'one', callsPerSecond: 1 };
  expect(passing(one, 2)).toBe(1);
  expect(passing({ ...one, name: 'two' }, 2)).toBe(1);
  expect(passing({ ...one }, 2)).toBe(0);
});
