import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areOfDifferentContents,
  contentTag,
  type TaggedContent,
} from '../../src/session/content-tag.ts';
import { keyValuesFrom } from '../../src/session/json/value.ts';

const NOTHING: TaggedContent = {
  ...{ userId: '', flowId: '', variables: undefined, context: undefined },
  ...{ removedVariables: [], removedContext: [], replace: [], nodeIds: [] },
};

const tagOf = (change: Partial<TaggedContent>) =>
  Buffer.from(contentTag({ ...NOTHING, ...change })).toString('hex');
const variables = (object: Record<string, unknown>) => ({
  variables: keyValuesFrom(object, '/variables'),
});

/** The same value with the keys of all its objects in the opposite order. */
function turnedRound(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(turnedRound);
  const turned = Object.entries(value).reverse();
  return Object.fromEntries(turned.map(([key, inner]) => [key, turnedRound(inner)]));
}

describe('contentTag()', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4, noUnicodeString: false }));

  test('has eight bytes, and is what it was: other versions compare it', () => {
    const content = {
      ...variables({ b: [1, { d: null, c: '"' }], a: 0.5 }),
      userId: 'u',
      flowId: 'f',
    };
    const rest = { removedVariables: ['y', 'x', 'y'], removedContext: ['z'], nodeIds: ['start'] };
    expect(tagOf({ ...content, ...rest })).toBe('6d552f7f5df5b6c3');
  });

  test('is the same in whatever order the keys come, at any depth', () => {
    fc.assert(
      fc.property(objects, (object) => {
        const sent = JSON.parse(JSON.stringify(object));
        const turned = turnedRound(sent) as Record<string, unknown>;
        expect(tagOf(variables(turned))).toBe(tagOf(variables(sent)));
      }),
    );
  });

  test('is another for any other value', () => {
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        const [sentA, sentB] = [a, b].map((object) => JSON.parse(JSON.stringify(object)));
        const isSame = tagOf(variables(sentA)) === tagOf(variables(sentB));
        expect(isSame).toBe(isDeepStrictEqual(sentA, sentB));
      }),
    );
  });

  test.each([
    ['1', '1.0'],
    ['100', '1e2'],
    ['0', '-0'],
    ['"é"', '"\\u00e9"'],
    ['{"a":1,"b":[2]}', '{ "b": [2.0], "a": 1 }'],
  ])('takes %s and %s for the same', (json, other) => {
    const tag = (text: string) => tagOf({ context: [{ key: 'k', json: text }] });
    expect(tag(other)).toBe(tag(json));
  });

  test('takes an object that was not sent and an empty one for the same', () => {
    expect(tagOf({ variables: [], context: [] })).toBe(tagOf({}));
  });

  test('takes keys to remove as a set', () => {
    const removing = (...keys: string[]) => tagOf({ removedContext: keys });
    expect(removing('b', 'a', 'b')).toBe(removing('a', 'b'));
  });

  test('keeps apart what stands in different places', () => {
    const entry = [{ key: 'a', json: '1' }];
    const contents: Partial<TaggedContent>[] = [
      {},
      { variables: entry },
      { context: entry },
      { removedVariables: ['a'] },
      { removedContext: ['a'] },
      { replace: ['variables'] },
      { replace: ['context'] },
      { replace: ['context', 'variables'] },
      { nodeIds: ['a'] },
      { nodeIds: ['a', 'a'] },
      { nodeIds: ['b', 'a'] },
      { nodeIds: ['a', 'b'] },
      { userId: 'a' },
      { flowId: 'a' },
      { variables: [{ key: 'a', json: '"1"' }] },
      { variables: [{ key: 'a', json: 'null' }] },
      { variables: [{ key: '__proto__', json: '1' }] },
    ];
    expect(new Set(contents.map(tagOf)).size).toBe(contents.length);
  });
});

test('a tag that is not there is no evidence of another content', () => {
  const [tag, other, none] = [Uint8Array.of(1, 2), Uint8Array.of(1, 3), new Uint8Array()];
  expect(areOfDifferentContents(tag, other)).toBe(true);
  expect(areOfDifferentContents(tag, Uint8Array.of(1, 2))).toBe(false);
  for (const [a, b] of [
    [tag, none],
    [none, tag],
    [none, none],
  ] as const)
    expect(areOfDifferentContents(a, b)).toBe(false);
});
