import fc from 'fast-check';
import { expect, test } from 'vitest';
import { usableSteps } from '../../src/session/posted-steps.ts';

const timestamp = '2024-06-15T10:00:00Z';

test('usableSteps() keeps the steps that can be used, in their order, and names the others', () => {
  const { steps, ignored } = usableSteps([
    { nodeId: 'start', timestamp },
    { nodeId: '', timestamp },
    { nodeId: 'ask', timestamp: '' },
    { unusable: 'a step must be an object' },
    { nodeId: 'n', timestamp: 'soon' },
    { nodeId: '{{input.node}}', timestamp },
    { nodeId: 'x'.repeat(513), timestamp },
    { nodeId: 'n', timestamp: '1'.repeat(65) },
    { nodeId: 'end', timestamp: '1718445600' },
  ]);
  expect(steps.map(({ nodeId }) => nodeId)).toEqual(['start', 'ask', 'end']);
  expect(ignored).toEqual([
    { index: 1, reason: 'nodeId is missing' },
    { index: 3, reason: 'a step must be an object' },
    { index: 4, reason: expect.stringContaining('timestamp is neither RFC 3339') },
    { index: 5, reason: 'nodeId was not resolved: it holds a placeholder' },
    { index: 6, reason: 'nodeId has more than 512 characters' },
    { index: 7, reason: expect.stringContaining('timestamp') },
  ]);
});

test('usableSteps() counts the characters of a node id, not their UTF-16 units', () => {
  const posted = [511, 512, 513].map((length) => ({ nodeId: '😀'.repeat(length), timestamp }));
  const { steps, ignored } = usableSteps(posted);
  expect(steps).toEqual(posted.slice(0, 2));
  expect(ignored.map(({ index }) => index)).toEqual([2]);
});

test('usableSteps() leaves no step unaccounted for', () => {
  const step = fc.record({
    nodeId: fc.constantFrom('', ' ', 'null', 'a', 'b'),
    timestamp: fc.constantFrom('', '1', 'x', timestamp),
  });
  fc.assert(
    fc.property(fc.array(step), (posted) => {
      const { steps, ignored } = usableSteps(posted);
      const left = posted.filter((_step, index) => !ignored.some((one) => one.index === index));
      expect(steps).toEqual(left);
    }),
  );
});

test('usableSteps() refuses text that UTF-8 cannot carry', () => {
  for (const step of [
    { nodeId: 'a\ud800', timestamp },
    { nodeId: 'a', timestamp: '\udc00' },
  ]) {
    expect(() => usableSteps([{ nodeId: 'a', timestamp }, step])).toThrow('well-formed');
  }
});
