import { expect, test } from 'vitest';
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

test('the sessions that were noted first are forgotten where there are many', () => {
  const notes = createConfirmedNotes(() => 0);
  const note = { tag: 'a', atMonotonicMs: 0 };
  for (let place = 0; place < 10_001; place++) notes.add(`s${place}`, note);
  notes.add('s1', note);
  notes.add('new', note);
  expect(notes.take('s0')).toBeUndefined();
  expect(notes.take('s1')).toBeDefined();
  expect(notes.take('s2')).toBeUndefined();
  expect(notes.take('s3')).toBeDefined();
});
