// What each update changes, put together, is what the fold gives.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { followChanges } from '../../../src/session/explaining/follow-changes.ts';
import { fold } from '../../../src/session/fold.ts';
import { delta, SESSION_ID } from '../arbitrary-updates.ts';

/** Values by part and key. */
function valuesOf(states: Parameters<typeof fold>[1]): Record<string, string> {
  const { updates } = fold(SESSION_ID, states);
  const entries = (['variables', 'context'] as const).flatMap((part) =>
    updates.flatMap((update) => update[part].map(({ key, json }) => [`${part} ${key}`, json])),
  );
  const named = (['userId', 'flowId'] as const).flatMap((part) => {
    const value = updates.findLast((update) => update[part])?.[part];
    return value === undefined ? [] : [[part, value]];
  });
  return Object.fromEntries([...entries, ...named]);
}

test('every state is the one before with the changes of its update', () => {
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 12 }), (states) => {
      const follow = followChanges(states);
      const values = new Map<string, string>();
      const steps: string[] = [];
      for (const [place, state] of states.entries()) {
        const { keys, named, steps: added } = follow(state);
        for (const { part, key, before, after, posted, isOverruled } of keys) {
          const name = `${part} ${key}`;
          expect(before?.json).toBe(values.get(name));
          if (isOverruled) expect(after?.json).toBe(before?.json);
          else expect(after?.json).toBe(posted?.json);
          if (after) values.set(name, after.json);
          else values.delete(name);
        }
        for (const { part, before, after } of named) {
          expect(before).toBe(values.get(part));
          values.set(part, after);
        }
        steps.push(...added.map(({ nodeId }) => nodeId));
        const seen = states.slice(0, place + 1);
        expect(Object.fromEntries(values)).toEqual(valuesOf(seen));
        expect(steps.sort()).toEqual(
          fold(SESSION_ID, seen)
            .history.map((s) => s.nodeId)
            .sort(),
        );
      }
    }),
  );
});

test('a key is named once for each update, also one that it both sets and removes', () => {
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 8 }), (states) => {
      const follow = followChanges(states);
      for (const state of states) {
        const names = follow(state).keys.map(({ part, key }) => `${part} ${key}`);
        expect(new Set(names).size).toBe(names.length);
      }
    }),
  );
});
