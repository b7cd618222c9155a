import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCgnyState } from '../../../src/session/legacy/cgny-state.ts';
import {
  cgnyPayload,
  cgnyValue,
  framed,
  int32,
  type JavaSession,
  type MagicForm,
  utf,
} from '../../support/legacy/cgny-layout.ts';

const SESSION = {
  sessionId: 'sess_8f3a2b1c',
  timestampMs: Date.UTC(2024, 5, 15, 10, 3),
  context: { customerName: 'Alice', orderId: 'ORD-99281', note: null },
  history: [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }],
};
const FORMS: MagicForm[] = ['bare', 'utf'];

describe('readCgnyState()', () => {
  test.each(FORMS)('reads what the Spring Boot service stored, with the %s magic', (form) => {
    expect(readCgnyState(cgnyValue(SESSION, form), SESSION.sessionId)).toEqual({
      state: {
        ...{ sessionId: 'sess_8f3a2b1c', userId: '', flowId: '', variables: [] },
        context: [
          { key: 'customerName', json: '"Alice"' },
          { key: 'orderId', json: '"ORD-99281"' },
          { key: 'note', json: '""' },
        ],
        history: SESSION.history,
        timestamp: '2024-06-15T10:03:00Z',
      },
    });
  });

  test('has the layout of the description, byte for byte', () => {
    const value = cgnyValue({ sessionId: 'a', timestampMs: 1, context: { k: 'é' } });
    expect(value.subarray(0, -32).toString('hex')).toBe(
      [
        ...['00000022', '43474e59', '00000001', '0001', '61', '0000000000000001'],
        ...['00000001', '0001', '6b', '0002', 'c3a9', '00000000'],
      ].join(''),
    );
  });

  test('reads every text that Java can write', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const steps = fc.array(fc.record({ nodeId: text, timestamp: text }), { maxLength: 3 });
    const session = fc.record({
      sessionId: text,
      timestampMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
      context: fc.dictionary(text, text, { maxKeys: 4 }),
      history: steps,
    });
    fc.assert(
      fc.property(session, fc.constantFrom(...FORMS), (written, form) => {
        const { state } = readCgnyState(cgnyValue(written, form), written.sessionId);
        const context = (state?.context ?? []).map(({ key, json }) => [key, JSON.parse(json)]);
        expect(context).toEqual(Object.entries(written.context));
        expect(state?.history).toEqual(written.history);
        expect(new Date(state?.timestamp ?? '').getTime()).toBe(written.timestampMs);
      }),
    );
  });

  test('an unpaired surrogate becomes the replacement character', () => {
    const { state } = readCgnyState(cgnyValue({ sessionId: 's', context: { k: 'a\ud83d' } }), 's');
    expect(state?.context).toEqual([{ key: 'k', json: '"a\ufffd"' }]);
  });

  test('whatever byte is changed, the damage is found', () => {
    const value = cgnyValue(SESSION);
    const place = fc.integer({ min: 0, max: value.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = value.with(at, (value[at] ?? 0) ^ change);
        const expected = at < 4 ? 'bad_length' : 'bad_digest';
        expect(readCgnyState(damaged, SESSION.sessionId)).toEqual({ damage: expected });
      }),
      { numRuns: 1000 },
    );
  });

  test('wherever it is cut, the damage is found', () => {
    const value = cgnyValue(SESSION);
    const ends = Array.from(value.keys());
    const found = ends.map((end) => readCgnyState(value.subarray(0, end), SESSION.sessionId));
    expect(found).toEqual(ends.map(() => ({ damage: 'bad_length' })));
  });

  const HEAD = Buffer.concat([Buffer.from('CGNY'), int32(1), utf('s'), Buffer.alloc(8)]);

  test.each<[string, Buffer]>([
    ['no magic', Buffer.from('CGNX')],
    ['nothing', Buffer.alloc(0)],
    ['another version', Buffer.concat([Buffer.from('CGNY'), int32(2)])],
    ['a negative count', Buffer.concat([HEAD, int32(-1)])],
    ['a count that no payload can hold', Buffer.concat([HEAD, int32(2 ** 31 - 1)])],
    [
      'a text that ends too early',
      Buffer.concat([HEAD, int32(1), utf('k'), Buffer.from('\0\x09v')]),
    ],
    ['a bare NUL in a text', Buffer.concat([HEAD, int32(1), Buffer.from('\0\x01\0\0\0')])],
    ['four-byte UTF-8', Buffer.concat([HEAD, int32(1), Buffer.from('\0\x04😀\0\0')])],
    ['an overlong form', Buffer.concat([HEAD, int32(1), Buffer.from('0002c1bf0000', 'hex')])],
    ['no history', Buffer.concat([HEAD, int32(0)])],
  ])('a payload with %s and a valid digest is damaged', (_, payload) => {
    expect(readCgnyState(framed(payload), 's')).toEqual({ damage: 'bad_layout' });
  });

  test('never throws, whatever a valid digest covers', () => {
    const rest = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(rest, (bytes) => {
        const read = readCgnyState(framed(Buffer.concat([HEAD, bytes])), 's');
        expect(read.state === undefined).not.toBe(read.damage === undefined);
      }),
    );
  });

  test('a session under the key of another is damaged', () => {
    expect(readCgnyState(cgnyValue(SESSION), 'other')).toEqual({ damage: 'wrong_session' });
  });

  test.each([-1, 253_402_300_800_000])('a time of %d is none', (timestampMs) => {
    const session: JavaSession = { sessionId: 's', timestampMs };
    expect(readCgnyState(framed(cgnyPayload(session)), 's').state?.timestamp).toBe('');
  });
});
