// What an explanation says is what the fold does: the winner that it names is the one whose value
// the fold has, and each loser loses against it in the fold too, by the part that it names.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionState, Update } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import {
  type Claim,
  type ContestedKey,
  contestFor,
} from '../../../src/session/explaining/contest.ts';
import { fold } from '../../../src/session/fold.ts';
import { STAMP_PARTS } from '../../../src/session/stamp.ts';
import { delta, SESSION_ID } from '../arbitrary-updates.ts';

type Source = { state: SessionState };

const contested: fc.Arbitrary<ContestedKey> = fc.oneof(
  fc.record({
    part: fc.constantFrom('variables' as const, 'context' as const),
    key: fc.constantFrom('', 'a', '__proto__'),
  }),
  fc.constantFrom({ part: 'userId' as const }, { part: 'flowId' as const }),
);

/** What the fold has for a key, as text; undefined if there is no value. */
function foldedValue(target: ContestedKey, states: readonly SessionState[]): string | undefined {
  const { updates } = fold(SESSION_ID, states);
  if (!('key' in target)) return updates.findLast((update) => update[target.part])?.[target.part];
  const { part, key } = target;
  return updates.flatMap((update) => update[part]).find((entry) => entry.key === key)?.json;
}

/** A claim as a state of its own: its update, without what else that says of the key. */
function alone({ update, source, action, json }: Claim<Source>): SessionState {
  const said = <Text>(texts: Text[]) => (action === 'removed' ? texts : []);
  const entries = (list: Update['context']) =>
    action === 'set' ? list.filter((entry) => entry.json === json) : [];
  const reduced = {
    ...update,
    variables: entries(update.variables),
    context: entries(update.context),
    removedVariables: said(update.removedVariables),
    removedContext: said(update.removedContext),
  };
  return { ...source.state, updates: [reduced] };
}

/** The parts of a stamp, as texts. */
function partsOf({ stamp }: Update): string[] {
  const { event, sequence, received, updateId } = stamp ?? {};
  return [
    event?.seconds,
    sequence,
    event?.nanos,
    `${received?.seconds} ${received?.nanos}`,
    updateId,
  ].map(String);
}

/** Some of the updates are merged already. */
const sources = fc
  .record({ states: fc.array(delta, { minLength: 1, maxLength: 12 }), merged: fc.nat({ max: 8 }) })
  .map(({ states, merged }): Source[] => {
    const snapshot = fold(SESSION_ID, states.slice(0, merged));
    return [...states.slice(merged), snapshot].map((state) => ({ state }));
  });

test('the winner has the value of the fold, and there is none where nothing names the key', () => {
  fc.assert(
    fc.property(sources, contested, (all, target) => {
      const { winner, lost } = contestFor(target, all);
      const states = all.map(({ state }) => state);
      expect(winner?.json).toBe(foldedValue(target, states));
      if (winner) expect(foldedValue(target, [alone(winner)])).toBe(winner.json);
      else expect(lost).toEqual([]);
    }),
  );
});

test('each loser loses against the winner, and would win without those before it', () => {
  fc.assert(
    fc.property(sources, contested, (all, target) => {
      const { winner, lost } = contestFor(target, all);
      if (!winner) return;
      for (const [place, loser] of lost.entries()) {
        expect(foldedValue(target, [alone(loser), alone(winner)])).toBe(winner.json);
        const others = lost.slice(place).map(alone);
        expect(foldedValue(target, others)).toBe(loser.json);
      }
    }),
  );
});

test('the part that decides is the first in which the stamps differ', () => {
  fc.assert(
    fc.property(sources, contested, (all, target) => {
      const { winner, lost } = contestFor(target, all);
      for (const loser of lost) {
        const [a, b] = [partsOf((winner as Claim<Source>).update), partsOf(loser.update)];
        const first = a.findIndex((part, place) => part !== b[place]);
        expect(loser.decidedBy).toBe(STAMP_PARTS[first] ?? 'content');
      }
    }),
  );
});

test('all that updates say of the key is in the contest, once, from the source that knows most', () => {
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 12 }), (states) => {
      const said = states.flatMap(({ updates: [update] }) => {
        if (!update) return [];
        const { context, removedContext, replacesContext } = update;
        const named = [
          ...context.filter(({ key }) => key === 'a').map(() => 'set'),
          ...removedContext.filter((key) => key === 'a').map(() => 'removed'),
        ];
        const actions = named.length === 0 && replacesContext ? ['replaced'] : named;
        return actions.map((action) => `${action} by ${partsOf(update)}`);
      });
      const snapshot = { state: fold(SESSION_ID, states) };
      const twice = [...[...states, ...states].map((state) => ({ state })), snapshot];
      const { winner, lost } = contestFor({ part: 'context', key: 'a' }, twice);
      const claims = winner ? [winner, ...lost] : [];
      const found = claims.map(({ action, update }) => `${action} by ${partsOf(update)}`);
      expect(found.sort()).toEqual([...new Set(said)].sort());
      expect(claims.map(({ source }) => source)).not.toContain(snapshot);
    }),
  );
});
