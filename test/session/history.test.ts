import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHistory, mergeHistory } from '../../src/session/history.ts';
import { HISTORY_MAX_STEPS } from '../../src/session/limits.ts';

const posted = fc.array(
  fc.record({ nodeId: fc.constantFrom('a', 'b', 'c', 'd'), timestamp: fc.nat({ max: 400 }).map(String) }),
  { maxLength: 400 },
);
const histories = fc.array(
  posted.map((steps) => createHistory(steps, '0')),
  { maxLength: 5 },
);

describe('mergeHistory()', () => {
  test('keeps each pair of node and timestamp once, in any order and grouping', () => {
    fc.assert(
      fc.property(histories, ([first = [], ...rest]) => {
        const whole = mergeHistory([first, ...rest]);
        expect(mergeHistory([...rest, first])).toEqual(whole);
        expect(mergeHistory([mergeHistory(rest), first, first])).toEqual(whole);
        const keys = whole.map(({ nodeId, timestamp }) => `${nodeId} ${timestamp}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 50 },
    );
  });

  test('keeps the newest steps of a long history', () => {
    const steps = Array.from({ length: HISTORY_MAX_STEPS + 7 }, (_, index) => ({
      nodeId: 'n',
      timestamp: String(1_718_445_600 + index),
    }));
    const kept = mergeHistory([createHistory(steps, '')]);
    expect(kept).toHaveLength(HISTORY_MAX_STEPS);
    expect(kept[0]?.timestamp).toBe(String(1_718_445_607));
  });

  test('shows steps of one instant in the order in which they were posted', () => {
    const timestamp = '2024-06-15T10:00:00Z';
    const steps = ['zoo', 'ask', 'middle'].map((nodeId) => ({ nodeId, timestamp }));
    expect(mergeHistory([createHistory(steps, '')]).map(({ nodeId }) => nodeId)).toEqual([
      'zoo',
      'ask',
      'middle',
    ]);
  });

  test('compares timestamps by instant and keeps them as sent', () => {
    const steps = ['2024-06-15T12:00:00+02:00', '1718445599', '2024-06-15T10:00:01Z'];
    const history = createHistory(
      steps.map((timestamp) => ({ nodeId: 'n', timestamp })),
      '',
    );
    expect(mergeHistory([history]).map(({ timestamp }) => timestamp)).toEqual([steps[1], steps[0], steps[2]]);
  });

  test('gives a step without a timestamp that of its update', () => {
    expect(createHistory([{ nodeId: 'n', timestamp: '' }], '17')[0]?.timestamp).toBe('17');
  });

  test('cuts what one update posts beyond what a history may hold', () => {
    const steps = Array.from({ length: HISTORY_MAX_STEPS + 7 }, (_, index) => ({
      nodeId: 'n',
      timestamp: `${index}`,
    }));
    expect(createHistory(steps, '')).toHaveLength(HISTORY_MAX_STEPS);
    expect(createHistory(steps.slice(0, 9).reverse(), '').map(({ timestamp }) => timestamp)[0]).toBe('8');
  });
});
