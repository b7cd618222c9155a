import { expect, test, vi } from 'vitest';
import { createConfirmedNotes } from '../../../src/service/indexing/confirmed-notes.ts';

test('a note is confirmed once, with its age in whole milliseconds, the last one of its session', () => {
  let nowMs = 1000.25;
  const notes = createConfirmedNotes(() => nowMs);
  notes.add('s', { tag: 'a', atMonotonicMs: 1000 });
  notes.add('s', { tag: 'b', atMonotonicMs: 1000.2 });
  nowMs = 1250;
  expect(notes.take('t')).toBeUndefined();
  expect(notes.take('s')).toEqual({ tag: 'b', ageMs: 250 });
  expect(notes.take('s')).toBeUndefined();
});

test('of many sessions those that were noted last are kept, and no more than twice as many', () => {
  const [sessions, least, most] = [20_000, 5000, 10_000];
  const notes = createConfirmedNotes(() => 0);
  const note = { tag: 'a', atMonotonicMs: 0 };
  for (let place = 0; place < sessions; place++) notes.add(`s${place}`, note);
  notes.add('s1', note);
  const isKept = Array.from(
    { length: sessions },
    (_, place) => notes.take(`s${place}`) !== undefined,
  );
  expect(isKept.slice(1 - least)).not.toContain(false);
  expect(isKept[1]).toBe(true);
  expect(isKept.filter(Boolean).length).toBeLessThanOrEqual(most);
});

test('what was forgotten in front of the oldest note does not make the next one cost more', () => {
  const notes = createConfirmedNotes(() => 0);
  const walked = countSteps(() => {
    for (let place = 0; place < 20_000; place++)
      notes.add(`s${place}`, { tag: 'a', atMonotonicMs: 0 });
  });
  expect(walked).toBe(0);
});

/** How often the entries of a Map are walked over meanwhile. */
function countSteps(work: () => void): number {
  const walk = vi.spyOn(Map.prototype, Symbol.iterator);
  const keys = vi.spyOn(Map.prototype, 'keys');
  try {
    work();
    return walk.mock.calls.length + keys.mock.calls.length;
  } finally {
    walk.mockRestore();
    keys.mockRestore();
  }
}
