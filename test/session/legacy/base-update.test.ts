import { describe, expect, test } from 'vitest';
import { fold } from '../../../src/session/fold.ts';
import { encodeFrame, readFrame } from '../../../src/session/frame.ts';
import { baseUpdateFrom, damagedBase } from '../../../src/session/legacy/base-update.ts';
import type { LegacyState } from '../../../src/session/legacy/legacy-state.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { NOTHING } from '../../support/test-service.ts';

const NOW_MS = Date.UTC(2024, 5, 15, 12);
const STATE: LegacyState = {
  ...{ sessionId: 's', userId: 'u', flowId: 'f', timestamp: '1718445600' },
  variables: [{ key: 'a', json: '1' }],
  context: [{ key: 'b', json: '"old"' }],
  history: [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }],
};

function baseOf(given: Partial<LegacyState> = {}, nowMs = NOW_MS) {
  return baseUpdateFrom('json', { ...STATE, ...given }, { nowMs });
}

function bytesOf(given: Partial<LegacyState> = {}, nowMs = NOW_MS): Uint8Array {
  return encodeFrame(baseOf(given, nowMs).delta);
}

describe('baseUpdateFrom()', () => {
  test('has the whole state', () => {
    const read = readFrame(bytesOf(), 's');
    expect(read.state?.updates[0]).toMatchObject({
      userId: 'u',
      flowId: 'f',
      timestamp: '1718445600',
    });
    expect(read.state?.updates[0]?.variables).toMatchObject([{ key: 'a', json: '1' }]);
    expect(read.state?.updates[0]?.context).toMatchObject([{ key: 'b', json: '"old"' }]);
    expect(read.state?.history).toMatchObject([{ nodeId: 'start' }]);
  });

  test('is the same bytes under the same id, whenever it is read', () => {
    expect(bytesOf({}, NOW_MS + 12_345)).toEqual(bytesOf());
    expect(baseOf({}, NOW_MS + 12_345).updateId).toBe(baseOf().updateId);
  });

  test('has another id in another session, and in another layout', () => {
    const { updateId } = baseUpdateFrom('cgny', STATE, { nowMs: NOW_MS });
    expect(new Set([updateId, baseOf().updateId, baseOf({ sessionId: 't' }).updateId]).size).toBe(
      3,
    );
  });

  test.each([
    ['of a later second', { timestamp: '1718445601' }],
    ['of the same second', { timestamp: '1718445600' }],
    ['of the same second with a sequence', { timestamp: '1718445600', sequence: 1n }],
    ['without a timestamp', {}],
  ])('comes before an update %s, in whatever order they are stored', (_, given) => {
    const context = [{ key: 'b', json: '"new"' }];
    const received = BigInt(NOW_MS) * 1000n;
    const { delta } = createSessionUpdate(
      { ...NOTHING, sessionId: 's', context, ...given },
      received,
    );
    for (const order of [
      [baseOf().delta, delta],
      [delta, baseOf().delta],
    ]) {
      const values = fold('s', order).updates.flatMap((update) => update.context);
      expect(values.map(({ json }) => json)).toEqual(['"new"']);
    }
  });

  test('a late update from before it does not replace its values', () => {
    const context = [{ key: 'b', json: '"older"' }];
    const late = { ...NOTHING, sessionId: 's', context, timestamp: '1718445599' };
    const { delta } = createSessionUpdate(late, BigInt(NOW_MS) * 1000n);
    const values = fold('s', [baseOf().delta, delta]).updates.flatMap((update) => update.context);
    expect(values.map(({ json }) => json)).toEqual(['"old"']);
  });

  test('a time in the future comes before every update that arrives now', () => {
    expect(baseOf({ timestamp: '2999-01-01T00:00:00Z' }).eventMs).toBe(NOW_MS - 60_000);
    expect(baseOf({ timestamp: '2999-01-01T00:00:00Z' }).delta.updates[0]?.timestamp).toBe(
      '2999-01-01T00:00:00Z',
    );
  });

  test('a time that is not known is the earliest', () => {
    expect(baseOf({ timestamp: '' }).eventMs).toBe(0);
  });

  test.each(['undefined', '{{input.userId}}', ' ', 'x'.repeat(513)])(
    'leaves out a user of %j',
    (userId) => {
      expect(baseOf({ userId, flowId: userId })).toMatchObject({ userId: '', flowId: '' });
    },
  );

  test('leaves out a step that cannot be used, and keeps the rest', () => {
    const history = [
      { nodeId: '', timestamp: '' },
      { nodeId: 'b', timestamp: 'soon' },
      ...STATE.history,
    ];
    expect(baseOf({ history }).delta.history).toMatchObject([{ nodeId: 'start' }]);
  });
});

describe('damagedBase()', () => {
  test('is a frame that nobody can read, under the id that the intact one would have', () => {
    const intact = encodeFrame(createSessionUpdate({ ...NOTHING, sessionId: 's' }, 1n).delta);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(31), intact]) {
      const { updateId, frame } = damagedBase('json', { sessionId: 's', bytes });
      expect(readFrame(frame, 's').verdict).toBe('bad_length');
      expect(updateId).toBe(baseOf().updateId);
    }
  });

  test('keeps no more than 64 KiB', () => {
    const { frame } = damagedBase('json', { sessionId: 's', bytes: Buffer.alloc(1e6) });
    expect(frame.length).toBe(128 + 64 * 1024);
  });
});
