// What a folded state remembers of removals when that is limited: the newest ones, in whatever
// order and grouping the updates came, and however often they were folded on the way.

import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../src/session/fold.ts';
import { encodeFrame } from '../../src/session/frame.ts';
import { countRemovals } from '../../src/session/remembered-removals.ts';
import { compareStamps } from '../../src/session/stamp.ts';
import { createSessionUpdate } from '../support/session-update.ts';
import { NOTHING } from '../support/test-service.ts';
import { BASE_SECONDS, delta, SESSION_ID } from './arbitrary-updates.ts';

const folded = (states: readonly SessionState[], removalsMaxBytes?: number) =>
  fold(SESSION_ID, states, removalsMaxBytes === undefined ? {} : { removalsMaxBytes });
const bytes = (state: SessionState) =>
  Buffer.from(toBinary(SessionStateSchema, state)).toString('latin1');

/** Removed keys, newest first, of one update in the order of part and key; each with the bytes it
 * counts for. */
function removalsOf(state: SessionState): string[] {
  const updates = [...state.updates].sort((a, b) => compareStamps(b.stamp, a.stamp));
  return updates.flatMap(({ removedVariables, removedContext }) => [
    ...removedContext.map((key) => `context ${key}`).sort(),
    ...removedVariables.map((key) => `variables ${key}`).sort(),
  ]);
}

/** What the state shows: keys and values, without what is remembered. */
function shownBy(state: SessionState): Map<string, string> {
  const shown = new Map<string, string>();
  for (const { variables, context } of state.updates) {
    for (const { key, json } of variables) shown.set(`variables ${key}`, json);
    for (const { key, json } of context) shown.set(`context ${key}`, json);
  }
  return shown;
}

/** Each group folded into what the ones before it gave. */
function foldedInTurn(groups: readonly SessionState[][], maxBytes: number): SessionState {
  let snapshot = folded([]);
  for (const group of groups) snapshot = folded([snapshot, ...group], maxBytes);
  return snapshot;
}

function removal(
  keys: string[],
  receivedSeconds: number,
  updateId = `u-${receivedSeconds}`,
): SessionState {
  const posted = { ...NOTHING, sessionId: SESSION_ID, updateId, removedVariables: keys };
  return createSessionUpdate(posted, BigInt(receivedSeconds) * 1_000_000n).delta;
}

describe('fold() with a limit on removals', () => {
  const deltas = fc.array(delta, { maxLength: 12 });
  const limits = fc.nat({ max: 700 });

  test('keeps the newest removals, as many as fit, and everything else', () => {
    fc.assert(
      fc.property(deltas, limits, (states, maxBytes) => {
        const [all, some] = [folded(states), folded(states, maxBytes)];
        const kept = removalsOf(some);
        expect(removalsOf(all).slice(0, kept.length)).toEqual(kept);
        expect(shownBy(some)).toEqual(shownBy(all));
        const without = encodeFrame(folded(states, 0)).length;
        expect(encodeFrame(some).length - without).toBeLessThanOrEqual(maxBytes);
        expect(countRemovals(folded(states, 0))).toEqual({ variables: 0, context: 0 });
        if (kept.length === removalsOf(all).length) expect(bytes(some)).toBe(bytes(all));
      }),
    );
  });

  test('counts what each key takes in a frame besides itself', () => {
    const keys = Array.from({ length: 50 }, (_, place) => String.fromCharCode(200 + place));
    const [all, some] = [folded([removal(keys, BASE_SECONDS)]), 150] as const;
    const bytesOf = (state: SessionState) => encodeFrame(state).length;
    const limited = folded([all], some);
    expect(bytesOf(limited) - bytesOf(folded([all], 0))).toBeLessThanOrEqual(some);
    expect(countRemovals(limited).variables).toBeGreaterThan(5);
  });

  test('gives the same bytes for any order of the same updates', () => {
    const shuffled = deltas.chain((states) =>
      fc.record({
        states: fc.constant(states),
        other: fc.shuffledSubarray(states, { minLength: states.length }),
        maxBytes: limits,
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ states, other, maxBytes }) => {
        expect(bytes(folded(other, maxBytes))).toBe(bytes(folded(states, maxBytes)));
        const once = folded(states, maxBytes);
        expect(bytes(folded([once], maxBytes))).toBe(bytes(once));
      }),
    );
  });

  test('keeps in any grouping, folded early or late, every removal that fits with all later ones ever made', () => {
    const grouped = fc.record({
      states: deltas,
      cuts: fc.array(fc.nat({ max: 12 }), { maxLength: 4 }),
      maxBytes: limits,
    });
    fc.assert(
      fc.property(grouped, ({ states, cuts, maxBytes }) => {
        const edges = [0, ...cuts.map((cut) => Math.min(cut, states.length)), states.length].sort(
          (a, b) => a - b,
        );
        const groups = edges.slice(1).map((edge, index) => states.slice(edges[index], edge));
        const snapshot = foldedInTurn(groups, maxBytes);
        const whole = folded(states);
        const kept = new Set(removalsOf(snapshot));
        const forgotten = removalsOf(whole).filter((name) => !kept.has(name));
        for (const name of forgotten)
          expect(fitsWithAllLater(states, name, whole, maxBytes)).toBe(false);
        // A key that came back is one whose removal was forgotten; nothing else differs.
        const shown = shownBy(snapshot);
        for (const name of forgotten) shown.delete(name);
        expect(shown).toEqual(shownBy(whole));
      }),
    );
  });

  test('keeps the newest of thousands, whatever was folded in between', () => {
    const updates = Array.from({ length: 400 }, (_, place) =>
      removal([`key-${place}`], BASE_SECONDS + place),
    );
    const late = folded(updates, 5000);
    const early = foldedInTurn(
      updates.map((update) => [update]),
      5000,
    );
    expect(bytes(early)).toBe(bytes(late));
    const kept = removalsOf(late);
    expect(kept.length).toBeGreaterThan(50);
    expect(kept).toEqual(kept.map((_, place) => `variables key-${399 - place}`));
  });

  test('counts the bytes of a key, not its characters', () => {
    const keys = Array.from({ length: 100 }, (_, place) => `${'ж'.repeat(100)}${place}`);
    const update = removal(keys, BASE_SECONDS);
    const [some, none] = [folded([update], 5000), folded([update], 0)];
    expect(encodeFrame(some).length - encodeFrame(none).length).toBeLessThanOrEqual(5000);
    expect(countRemovals(some).variables).toBeGreaterThan(20);
  });

  test('counts the stamp of an update once, however many keys it removed', () => {
    const keys = Array.from(
      { length: 2000 },
      (_, place) => `some-key-${String(place).padStart(4, '0')}`,
    );
    expect(countRemovals(folded([removal(keys, BASE_SECONDS)], 40_000)).variables).toBe(2000);
    const apart = keys.map((key, place) => removal([key], BASE_SECONDS + place));
    const kept = countRemovals(folded(apart, 40_000)).variables;
    expect(kept).toBeGreaterThan(350);
    expect(kept).toBeLessThan(500);
  });
});

/** Whether a removal fits together with all removals later than it that were ever made, each key
 * counted once, in the bytes that a removal takes at most. */
function fitsWithAllLater(
  states: readonly SessionState[],
  name: string,
  whole: SessionState,
  maxBytes: number,
): boolean {
  const remover = whole.updates.find((update) =>
    [
      ...update.removedVariables.map((key) => `variables ${key}`),
      ...update.removedContext.map((key) => `context ${key}`),
    ].includes(name),
  );
  const later = new Set<string>();
  for (const update of states.flatMap((state) => state.updates)) {
    if (compareStamps(update.stamp, remover?.stamp) < 0) continue;
    for (const key of update.removedVariables) later.add(`variables ${key}`);
    for (const key of update.removedContext) later.add(`context ${key}`);
  }
  const taken = [...later].reduce(
    (sum, entry) => sum + Buffer.byteLength(entry.replace(/^\w+ /, '')) + 84,
    0,
  );
  return taken <= maxBytes;
}
