import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HistoryStep,
  HistoryStepSchema,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { createHistory, mergeHistory } from '../../src/session/history.ts';
import { HISTORY_MAX_STEPS } from '../../src/session/limits.ts';
import { readState } from '../../src/session/read-state.ts';
import { StoredStep } from '../../src/session/stored-step.ts';
import { NOTATIONS, timestampIn } from './arbitrary-updates.ts';

const BASE_MS = 1_718_445_600_000;
const at = (receivedMs: number, updateTimestamp = '0') => ({ receivedMs, updateTimestamp });

const postedStep = fc
  .record({
    nodeId: fc.constantFrom('a', 'b', 'c', 'd'),
    seconds: fc.nat({ max: 400 }),
    notation: fc.nat({ max: NOTATIONS - 1 }),
  })
  .map(({ nodeId, seconds, notation }) => ({
    nodeId,
    timestamp: timestampIn(notation, BASE_MS + seconds * 1000),
  }));
const history = fc
  .record({ posted: fc.array(postedStep, { maxLength: 400 }), receivedMs: fc.nat({ max: 9 }) })
  .map(({ posted, receivedMs }) => createHistory(posted, at(BASE_MS + receivedMs)));
/** As versions before wrote it, which did not note when a step was received. */
const olderHistory = history.map((steps) =>
  steps.map(({ nodeId, timestamp, position }) => stepOf(nodeId, timestamp, position)),
);
const histories = fc.array(fc.oneof({ weight: 3, arbitrary: history }, olderHistory), {
  maxLength: 5,
});

function stepOf(nodeId: string, timestamp: string, position: number): HistoryStep {
  return create(HistoryStepSchema, { nodeId, timestamp, position });
}

/** The same steps as they are read from a frame. */
function asRead(steps: readonly HistoryStep[]): HistoryStep[] {
  const init = { history: steps.map((step) => create(HistoryStepSchema, step)) };
  return readState(toBinary(SessionStateSchema, create(SessionStateSchema, init))).history;
}

function plainStep({ nodeId, timestamp, position, receivedAfterMs }: HistoryStep) {
  return { nodeId, timestamp, position, receivedAfterMs };
}

/** Instant and node of each step. */
function keysOf(steps: readonly HistoryStep[]): string[] {
  return steps.map(({ nodeId, timestamp }) => `${nodeId} ${instantMsOf(timestamp)}`);
}

function instantMsOf(timestamp: string): number {
  return /^\d+$/.test(timestamp)
    ? Number(timestamp) * (timestamp.length > 10 ? 1 : 1000)
    : Date.parse(timestamp);
}

/** How versions before united histories: told apart by the text of the timestamp. */
function mergedByText(lists: readonly HistoryStep[][]): HistoryStep[] {
  const steps = new Map<string, HistoryStep>();
  for (const step of lists.flat()) {
    const key = JSON.stringify([step.timestamp, step.nodeId]);
    const known = steps.get(key);
    if (!known || known.position < step.position) steps.set(key, step);
  }
  return [...steps.values()];
}

describe('mergeHistory()', () => {
  test('keeps each pair of instant and node once, in any order and grouping', () => {
    fc.assert(
      fc.property(histories, ([first = [], ...rest]) => {
        const whole = mergeHistory([first, ...rest]);
        expect(mergeHistory([...rest, first])).toEqual(whole);
        expect(mergeHistory([mergeHistory(rest), first, first])).toEqual(whole);
        expect(mergeHistory([whole])).toEqual(whole);
        const keys = keysOf(whole);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 100 },
    );
  });

  test('keeps each node once where very many steps have one instant', () => {
    const timestamp = new Date(BASE_MS).toISOString();
    const nodes = Array.from({ length: 40 }, (_, place) => `n${place % 20}`);
    const steps = nodes.map((node, place) => stepOf(node, timestamp, place));
    const merged = mergeHistory([asRead(steps)]).map(plainStep);
    expect(merged).toEqual(mergeHistory([steps]).map(plainStep));
  });

  test('gives the same of steps that are read from frames', () => {
    // Hardly ever out of order, and often several of one instant.
    const turn = fc.record({
      nodeId: fc.constantFrom('a', 'b', 'c', 'd"'),
      later: fc.constantFrom(0, 0, 0, 1, 1, -1),
    });
    const turns = fc.array(turn, { maxLength: 5 });
    const list = fc.record({ turns, second: fc.nat(3) }).map(({ turns, second }) => {
      let at = BASE_MS + second * 1000;
      const posted = turns.map(({ nodeId, later }) => {
        at += later * 1000;
        return { nodeId, timestamp: timestampIn(3, at) };
      });
      return createHistory(posted, { receivedMs: BASE_MS, updateTimestamp: '0' });
    });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 3 }), (lists) => {
        const merged = mergeHistory(lists);
        for (const given of [lists, [merged], [merged, ...lists]]) {
          const read = mergeHistory(given.map(asRead));
          expect(read.map(plainStep)).toEqual(mergeHistory(given).map(plainStep));
        }
        expect(mergeHistory([merged])).toEqual(merged);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps the same of steps of one instant, read from frames or not, where it is cut', () => {
    const pairs = Array.from({ length: HISTORY_MAX_STEPS }, (_, place) => ({
      nodeId: place % 2 === 0 ? 'b' : 'a',
      timestamp: timestampIn(3, BASE_MS + Math.floor(place / 2) * 1000),
    }));
    for (let more = 1; more <= 4; more++) {
      const later = pairs.slice(0, more).map(({ nodeId }, place) => ({
        nodeId,
        timestamp: timestampIn(3, BASE_MS + (HISTORY_MAX_STEPS + place) * 1000),
      }));
      const lists = [createHistory(pairs, at(BASE_MS)), createHistory(later, at(BASE_MS))];
      const read = mergeHistory(lists.map(asRead));
      expect(read.map(plainStep)).toEqual(mergeHistory(lists).map(plainStep));
    }
  });

  test('leaves the steps of a snapshot where they are, also several of one instant', () => {
    const posted = ['start', 'ask', 'end', 'start'].map((nodeId, place) => ({
      nodeId,
      timestamp: timestampIn(3, BASE_MS + Math.floor(place / 3) * 1000),
    }));
    const [read = []] = [asRead(mergeHistory([createHistory(posted, at(BASE_MS))]))];
    const merged = mergeHistory([read]);
    expect(merged).toHaveLength(4);
    for (const [place, step] of merged.entries()) {
      expect(step).toBeInstanceOf(StoredStep);
      expect(step).toBe(read[place]);
    }
  });

  test('is one step for one instant, in whatever notation', () => {
    const steps = Array.from({ length: NOTATIONS }, (_, notation) => ({
      nodeId: 'n',
      timestamp: timestampIn(notation, BASE_MS),
    }));
    expect(new Set(steps.map(({ timestamp }) => timestamp)).size).toBe(NOTATIONS);
    expect(mergeHistory([createHistory(steps, at(BASE_MS))])).toHaveLength(1);
  });

  test('shows the notation that was received first, whatever order it is read in', () => {
    const [utc, zoned] = ['2024-06-15T10:00:00Z', '2024-06-15T12:00:00+02:00'];
    for (const [first, second] of [
      [utc, zoned],
      [zoned, utc],
    ] as const) {
      const earlier = createHistory([{ nodeId: 'n', timestamp: first }], at(BASE_MS + 1));
      const later = createHistory([{ nodeId: 'n', timestamp: second }], at(BASE_MS + 2));
      for (const lists of [
        [earlier, later],
        [later, earlier],
        [mergeHistory([later]), mergeHistory([earlier, later])],
      ]) {
        expect(mergeHistory(lists).map(({ timestamp }) => timestamp)).toEqual([first]);
      }
    }
  });

  test('places a step that came twice where it came last, whatever order it is read in', () => {
    const timestamp = '2024-06-15T10:00:00Z';
    const first = [stepOf('a', timestamp, 0)];
    const second = [stepOf('b', timestamp, 0), stepOf('a', timestamp, 1)];
    for (const lists of [
      [first, second],
      [second, first],
      [mergeHistory([second]), mergeHistory([first, second])],
    ]) {
      expect(mergeHistory(lists).map(({ nodeId }) => nodeId)).toEqual(['b', 'a']);
    }
  });

  test('takes a step that an older version stored for the one that was sent first', () => {
    const older = [stepOf('n', '2024-06-15T12:00:00+02:00', 0)];
    const newer = createHistory([{ nodeId: 'n', timestamp: '1718445600' }], at(0));
    expect(mergeHistory([newer, older]).map(({ timestamp }) => timestamp)).toEqual([
      '2024-06-15T12:00:00+02:00',
    ]);
  });

  test('loses no step where older versions fold in between, and comes to the same in the end', () => {
    const few = fc.array(
      history.map((steps) => steps.slice(0, 20)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(few, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (lists, byOlder) => {
        let snapshot: HistoryStep[] = [];
        for (const [place, list] of lists.entries()) {
          const merge = byOlder[place] ? mergedByText : mergeHistory;
          snapshot = merge([snapshot, list]);
        }
        const end = mergeHistory([snapshot]);
        expect(keysOf(end).sort()).toEqual(keysOf(mergeHistory(lists)).sort());
        expect(mergeHistory([end])).toEqual(end);
        expect(mergeHistory([mergedByText([end])])).toEqual(end);
      }),
    );
  });

  test('tells instants apart to the nanosecond', () => {
    const steps = [
      '2024-06-15T10:00:00.000000001Z',
      '2024-06-15T10:00:00.000000002Z',
      '2024-06-15T10:00:00Z',
    ];
    const history = createHistory(
      steps.map((timestamp) => ({ nodeId: 'n', timestamp })),
      at(BASE_MS),
    );
    expect(mergeHistory([history]).map(({ timestamp }) => timestamp)).toEqual([
      steps[2],
      steps[0],
      steps[1],
    ]);
  });

  test('keeps the newest steps of a long history', () => {
    const steps = Array.from({ length: HISTORY_MAX_STEPS + 7 }, (_, index) => ({
      nodeId: 'n',
      timestamp: String(1_718_445_600 + index),
    }));
    const kept = mergeHistory([createHistory(steps, at(BASE_MS))]);
    expect(kept).toHaveLength(HISTORY_MAX_STEPS);
    expect(kept[0]?.timestamp).toBe(String(1_718_445_607));
  });

  test('shows steps of one instant in the order in which they were posted', () => {
    const timestamp = '2024-06-15T10:00:00Z';
    const steps = ['zoo', 'ask', 'middle'].map((nodeId) => ({ nodeId, timestamp }));
    expect(mergeHistory([createHistory(steps, at(BASE_MS))]).map(({ nodeId }) => nodeId)).toEqual([
      'zoo',
      'ask',
      'middle',
    ]);
  });

  test('compares timestamps by instant and keeps them as sent', () => {
    const steps = ['2024-06-15T12:00:00+02:00', '1718445599', '2024-06-15T10:00:01Z'];
    const history = createHistory(
      steps.map((timestamp) => ({ nodeId: 'n', timestamp })),
      at(BASE_MS),
    );
    expect(mergeHistory([history]).map(({ timestamp }) => timestamp)).toEqual([
      steps[1],
      steps[0],
      steps[2],
    ]);
  });

  test('gives a step without a timestamp that of its update', () => {
    expect(createHistory([{ nodeId: 'n', timestamp: '' }], at(0, '17'))[0]?.timestamp).toBe('17');
  });

  test('cuts what one update posts beyond what a history may hold', () => {
    const steps = Array.from({ length: HISTORY_MAX_STEPS + 7 }, (_, index) => ({
      nodeId: 'n',
      timestamp: `${index}`,
    }));
    expect(createHistory(steps, at(0))).toHaveLength(HISTORY_MAX_STEPS);
    expect(
      createHistory(steps.slice(0, 9).reverse(), at(0)).map(({ timestamp }) => timestamp)[0],
    ).toBe('8');
  });
});
