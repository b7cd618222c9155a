import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HistoryStepSchema,
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../src/session/fold.ts';
import { keyValuesFrom } from '../../src/session/json/value.ts';
import type { PostedUpdate } from '../../src/session/session-update.ts';
import { compareStamps } from '../../src/session/stamp.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { createSessionUpdate } from '../support/session-update.ts';
import { BASE_SECONDS, delta, postedUpdate, SESSION_ID } from './arbitrary-updates.ts';

const deltas = fc.array(delta, { maxLength: 12 });
const text = (state: SessionState) =>
  Buffer.from(toBinary(SessionStateSchema, state)).toString('latin1');
const folded = (states: SessionState[]) => fold(SESSION_ID, states);

function deltaOf(posted: Partial<PostedUpdate>, receivedSeconds = BASE_SECONDS): SessionState {
  const none = { userId: '', flowId: '', timestamp: '', updateId: '', inputId: '', sequence: 0n };
  const lists = {
    variables: [],
    context: [],
    removedVariables: [],
    removedContext: [],
    replace: [],
    ...{ history: [], ttlSeconds: undefined, ttlMode: '' },
  };
  const update = { sessionId: SESSION_ID, ...none, ...lists, ...posted };
  return createSessionUpdate(update, BigInt(receivedSeconds) * 1_000_000n).delta;
}

/** The merged variables, as JSON text by key. */
function variablesOf(state: SessionState): Record<string, string> {
  const entries = state.updates.flatMap((update) =>
    update.variables.map(({ key, json }) => [key, json] as const),
  );
  return Object.fromEntries(entries);
}

describe('fold()', () => {
  test('gives the same bytes for any order of the same updates', () => {
    const shuffled = deltas.chain((states) =>
      fc.record({
        states: fc.constant(states),
        other: fc.shuffledSubarray(states, { minLength: states.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ states, other }) => {
        expect(text(folded(other))).toBe(text(folded(states)));
      }),
    );
  });

  test('gives the same bytes however often an update is repeated', () => {
    const repeated = fc.record({ states: deltas, picks: fc.array(fc.nat()) });
    fc.assert(
      fc.property(repeated, ({ states, picks }) => {
        const again =
          states.length === 0
            ? []
            : picks.map((pick) => states[pick % states.length] as SessionState);
        expect(text(folded([...states, ...again]))).toBe(text(folded(states)));
      }),
    );
  });

  test('gives the same bytes however the updates were grouped into snapshots before', () => {
    const grouped = fc.record({
      states: deltas,
      cuts: fc.array(fc.nat({ max: 12 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(grouped, ({ states, cuts }) => {
        const edges = [0, ...cuts.map((cut) => Math.min(cut, states.length)), states.length].sort(
          (a, b) => a - b,
        );
        const groups = edges
          .slice(1)
          .map((edge, index) => folded(states.slice(edges[index], edge)));
        const [first, ...rest] = groups;
        const nested = rest.reduce(
          (snapshot, group) => folded([group, snapshot]),
          first as SessionState,
        );
        expect(text(folded(groups))).toBe(text(folded(states)));
        expect(text(folded([nested]))).toBe(text(folded(states)));
      }),
    );
  });

  test('gives the same bytes in any order and grouping also where updates of one stamp differ', () => {
    // Never made by one sidecar; every reader must agree all the same.
    const oneStamp = fc.array(postedUpdate, { minLength: 2, maxLength: 5 }).chain((posted) => {
      const states = posted.map((update) =>
        deltaOf({ ...update, timestamp: '2024-06-15T10:00:00Z', sequence: 1n, updateId: 'same' }),
      );
      return fc.record({
        states: fc.constant(states),
        other: fc.shuffledSubarray(states, { minLength: states.length }),
        cut: fc.nat({ max: states.length }),
      });
    });
    fc.assert(
      fc.property(oneStamp, ({ states, other, cut }) => {
        const groups = [folded(other.slice(0, cut)), folded(other.slice(cut))];
        expect(text(folded(groups))).toBe(text(folded(states)));
      }),
    );
  });

  test('lets the latest stamp win each key, and removal win among equals', () => {
    fc.assert(
      fc.property(deltas, (states) => {
        const updates = states
          .flatMap((state) => state.updates)
          .sort((a, b) => compareStamps(a.stamp, b.stamp));
        const expected = new Map<string, string>();
        for (const update of updates) {
          if (update.replacesVariables) expected.clear();
          for (const { key, json } of update.variables) expected.set(key, json);
          for (const key of update.removedVariables) expected.delete(key);
        }
        expect(new Map(Object.entries(variablesOf(folded(states))))).toEqual(expected);
      }),
    );
  });

  test('takes of two values of one stamp the last in text order, as every version does', () => {
    // What is written together must be read alike by sidecars of different versions.
    const sameStamp = { timestamp: '2024-06-15T10:00:00Z', sequence: 1n, updateId: 'same' };
    const states = ['"a"', '"c"', '"b"'].map((json, place) =>
      deltaOf({ ...sameStamp, userId: `user-${place}`, variables: [{ key: 'a', json }] }),
    );
    const state = folded(states);
    expect(variablesOf(state)).toEqual({ a: '"c"' });
    expect(state.updates.map(({ userId }) => userId)).toEqual(['user-2']);
  });

  test('keeps the timestamp of the latest event, also when it sets nothing', () => {
    const older = deltaOf({
      timestamp: '2024-06-15T10:00:00Z',
      variables: [{ key: 'a', json: '1' }],
    });
    const newer = deltaOf({ timestamp: '2024-06-15T10:00:05.5Z' }, BASE_SECONDS + 6);
    expect(folded([newer, folded([older])]).updates.at(-1)?.timestamp).toBe(
      '2024-06-15T10:00:05.5Z',
    );
  });

  test('keeps the latest time of receipt, also of an update that wins nothing', () => {
    const late = deltaOf(
      { timestamp: '1718445000', variables: [{ key: 'a', json: '0' }] },
      BASE_SECONDS + 90,
    );
    const winner = deltaOf({ variables: [{ key: 'a', json: '1' }] });
    const state = folded([folded([winner]), late]);
    expect(variablesOf(state)).toEqual({ a: '1' });
    expect(folded([state]).lastReceived?.seconds).toBe(BigInt(BASE_SECONDS + 90));
  });

  test('remembers a removal until it has to forget it', () => {
    const removal = deltaOf({ removedVariables: ['a'] }, BASE_SECONDS + 5);
    const older = deltaOf({ variables: [{ key: 'a', json: '1' }] });
    expect(variablesOf(folded([folded([removal]), older]))).toEqual({});
    const cutoff = (seconds: number) => ({ forgetRemovalsBefore: timestampFromMs(seconds * 1000) });
    const kept = fold(SESSION_ID, [removal], cutoff(BASE_SECONDS + 5));
    expect(kept.updates[0]?.removedVariables).toEqual(['a']);
    const forgotten = fold(SESSION_ID, [removal], cutoff(BASE_SECONDS + 6));
    expect(forgotten.updates[0]?.removedVariables).toEqual([]);
    const later = fold(SESSION_ID, [folded([removal])], cutoff(BASE_SECONDS + 6));
    expect(later.updates[0]?.removedVariables).toEqual([]);
  });

  test('unites steps of a snapshot that an older version took for different ones', () => {
    const history = ['2024-06-15T10:00:00Z', '1718445600', '2024-06-15T10:00:01Z'];
    const snapshot = folded([deltaOf({ variables: [{ key: 'a', json: '1' }] })]);
    const older = {
      ...snapshot,
      history: history.map((timestamp) => create(HistoryStepSchema, { nodeId: 'n', timestamp })),
    };
    expect(folded([older]).history.map(({ timestamp }) => timestamp)).toEqual([
      '1718445600',
      '2024-06-15T10:00:01Z',
    ]);
    expect(text(folded([older]))).toBe(text(folded([older, older])));
  });

  describe('of an update that replaces', () => {
    const older = deltaOf({
      variables: [{ key: 'a', json: '1' }],
      context: [{ key: 'c', json: '1' }],
    });
    const replacement = deltaOf(
      {
        ...{ variables: [{ key: 'b', json: '2' }], removedVariables: ['b2'] },
        replace: ['variables'],
      },
      BASE_SECONDS + 5,
    );
    const newer = deltaOf({ variables: [{ key: 'd', json: '3' }] }, BASE_SECONDS + 6);

    test('leaves out what came before it, and keeps what it set itself, what came after, and the other part', () => {
      const state = folded([newer, replacement, older]);
      expect(variablesOf(state)).toEqual({ b: '2', d: '3' });
      expect(state.updates.flatMap(({ context }) => context)).toMatchObject([{ key: 'c' }]);
    });

    test('leaves out what comes in after it was folded, too, and for that is of format 2', () => {
      const snapshot = folded([replacement]);
      expect(snapshot.format).toBe(2);
      expect(variablesOf(folded([snapshot, older]))).toEqual({ b: '2' });
      expect(folded([older]).format).toBe(1);
    });

    test('remembers that it did until it has to forget it', () => {
      const cutoff = (seconds: number) => ({
        forgetRemovalsBefore: timestampFromMs(seconds * 1000),
      });
      const kept = fold(SESSION_ID, [replacement, older], cutoff(BASE_SECONDS + 5));
      expect(kept.updates).toMatchObject([
        { replacesVariables: false },
        { replacesVariables: true },
      ]);
      const forgotten = fold(SESSION_ID, [replacement, older], cutoff(BASE_SECONDS + 6));
      expect(forgotten.updates).toMatchObject([
        { replacesVariables: false },
        { replacesVariables: false },
      ]);
      expect([variablesOf(forgotten), forgotten.format]).toEqual([{ b: '2' }, 1]);
    });

    test('keeps of several the latest', () => {
      const again = deltaOf({ replace: ['variables'] }, BASE_SECONDS + 9);
      const state = folded([again, replacement, newer]);
      expect(variablesOf(state)).toEqual({});
      expect(state.updates.filter((update) => update.replacesVariables)).toHaveLength(1);
    });
  });

  test('brings every JSON value back as it came', () => {
    const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), value), (variables) => {
        const sent = JSON.parse(JSON.stringify(variables));
        const state = folded([deltaOf({ variables: keyValuesFrom(sent, '/variables') })]);
        const back = variablesOf(state);
        expect(Object.keys(back).sort()).toEqual(Object.keys(sent).sort());
        for (const key of Object.keys(sent))
          expect(JSON.parse(back[key] as string)).toEqual(sent[key]);
      }),
    );
  });

  test('folds many updates in time proportional to their number', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        deltaOf({ variables: [{ key: `key${index}`, json: '1' }] }),
      );
    const foldMs = (count: number, repeat: number) => {
      const deltas = many(count);
      // The least of some: garbage collection falls into any.
      const times = Array.from({ length: 5 }, () =>
        cpuMsOf(() => {
          for (let turn = 0; turn < repeat; turn++)
            expect(folded(deltas).updates).toHaveLength(count);
        }),
      );
      return Math.min(...times);
    };
    foldMs(1000, 8);
    // As many updates on both sides: about the same time, and 8 times of it where each looks at all
    // others. A fold of 1000 alone is too short to be measured.
    expect(foldMs(8000, 1) / foldMs(1000, 8)).toBeLessThan(5);
  });
});
