import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonState } from '../../../src/session/legacy/json-state.ts';
import { jsonValue, type PythonSession } from '../../support/legacy/json-layout.ts';

const SESSION: PythonSession = {
  sessionId: 's-1',
  userId: 'u-1',
  flowId: 'checkout',
  timestamp: 1_718_445_600,
  variables: { customerId: 'C-1', cartTotal: 42.5, größe: '😀', list: [1, null, { a: true }] },
  context: { intent: 'checkout' },
};

function read(bytes: Uint8Array | string) {
  return readJsonState(Buffer.from(bytes as string), 's-1');
}

describe('readJsonState()', () => {
  test('reads what the FastAPI service stored', () => {
    expect(read(jsonValue(SESSION))).toEqual({
      state: {
        ...{ sessionId: 's-1', userId: 'u-1', flowId: 'checkout', timestamp: '1718445600' },
        variables: [
          { key: 'customerId', json: '"C-1"' },
          { key: 'cartTotal', json: '42.5' },
          { key: 'größe', json: '"😀"' },
          { key: 'list', json: '[1,null,{"a":true}]' },
        ],
        context: [{ key: 'intent', json: '"checkout"' }],
        history: [],
      },
    });
  });

  test('is the text that Python writes', () => {
    const { userId, flowId } = { userId: null, flowId: null };
    const value = jsonValue({
      sessionId: 's',
      userId,
      flowId,
      timestamp: 1,
      context: { é: [1, 2] },
    });
    expect(value.toString()).toBe(
      '{"sessionId": "s", "userId": null, "variables": {}, "context": {"\\u00e9": [1, 2]}, ' +
        '"timestamp": 1, "flowId": null}',
    );
  });

  test('a session that was merged is as new as its last update', () => {
    const { state } = read(jsonValue({ ...SESSION, lastUpdated: 1_718_449_200 }));
    expect(state?.timestamp).toBe('1718449200');
  });

  test('without a user and a flow it has none', () => {
    const { state } = read(jsonValue({ sessionId: 's-1' }));
    expect(state).toMatchObject({ userId: '', flowId: '', variables: [], context: [] });
  });

  test('reads every value that Python can write', () => {
    const value = fc.jsonValue({ stringUnit: 'binary' });
    const key = fc.string({ unit: 'binary', maxLength: 10 });
    const dictionary = fc.dictionary(key, value, { maxKeys: 4 });
    fc.assert(
      fc.property(dictionary, dictionary, (variables, context) => {
        const { state } = read(jsonValue({ ...SESSION, variables, context }));
        const objectOf = (entries: { key: string; json: string }[] = []) =>
          Object.fromEntries(entries.map((entry) => [entry.key, JSON.parse(entry.json)]));
        const plain = (object: object) => JSON.parse(JSON.stringify(object));
        expect(objectOf(state?.variables)).toEqual(plain(variables));
        expect(objectOf(state?.context)).toEqual(plain(context));
      }),
    );
  });

  test('half of a character becomes the replacement character, in keys and texts', () => {
    const { state } = read(jsonValue({ sessionId: 's-1', context: { 'a\ud83d': ['\ude00b'] } }));
    expect(state?.context).toEqual([{ key: 'a\ufffd', json: '["\ufffdb"]' }]);
  });

  test.each([
    ['nothing', '', 'not_json'],
    ['a part of it', jsonValue(SESSION).subarray(0, -1), 'not_json'],
    ['NaN, which only Python reads', '{"sessionId": "s-1", "variables": {"a": NaN}}', 'not_json'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not_json'],
    ['a list', '[]', 'not_a_session'],
    ['null', 'null', 'not_a_session'],
    ['no session id', '{"variables": {}}', 'not_a_session'],
    ['variables that are a text', '{"sessionId": "s-1", "variables": "a"}', 'not_a_session'],
    ['another session', jsonValue({ sessionId: 's-2' }), 'wrong_session'],
    ['a number beyond a double', '{"sessionId": "s-1", "context": {"a": 1e999}}', 'out_of_limits'],
    [
      'a value that is nested too deep',
      `{"sessionId": "s-1", "context": {"a": ${'['.repeat(40)}${']'.repeat(40)}}}`,
      'out_of_limits',
    ],
  ])('%s is damaged', (_, bytes, damage) => {
    expect(read(bytes)).toEqual({ damage });
  });

  test('a time that is none is left out', () => {
    const stored = '{"sessionId": "s-1", "timestamp": "soon", "lastUpdated": null}';
    expect(read(stored).state?.timestamp).toBe('');
  });

  // There is no checksum: a changed letter in a text goes unnoticed, and costs that text.
  test('a changed byte is found, or changes one key, one value, or one field', () => {
    const value = jsonValue(SESSION);
    const { state: intact } = read(value);
    const partsOf = (state: typeof intact) => [
      ...[state?.userId, state?.flowId, state?.timestamp],
      ...(state?.variables ?? []).map(({ key, json }) => `v ${key} ${json}`),
      ...(state?.context ?? []).map(({ key, json }) => `c ${key} ${json}`),
    ];
    const place = fc.integer({ min: 0, max: value.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const { state, damage } = read(value.with(at, (value[at] ?? 0) ^ change));
        if (damage !== undefined) return;
        const kept = new Set(partsOf(state));
        const lost = partsOf(intact).filter((part) => !kept.has(part));
        // A field's own name may be hit: then everything in that field is missing.
        const fields = new Set(lost.map((part) => part?.slice(0, 2)));
        expect(lost.length <= 1 || fields.size === 1).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
