// JSON as a binary text, also such as no serializer writes: equal keys, numbers beyond a double,
// lone surrogates.

import type { Random } from '../model/random.ts';
import { oddNumber, oddText, someTimestamp, utf8 } from './odd-texts.ts';

const DEPTH_MAX = 4;
const ESCAPES = [
  '\\ud800',
  '\\udfff\\ud800',
  '\\u0000',
  '\\ufffd',
  '\\u2028',
  '\\/',
  '\\b',
  '\\ud83d\\ude00',
  '\\x41',
];

/** A text as JSON; its bytes are kept, be they UTF-8 or not. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Any value. */
export function someJson(random: Random, depth = 0): string {
  const kind = random.below(depth < DEPTH_MAX ? 10 : 6);
  switch (kind) {
    case 0:
      return random.pick(['null', 'true', 'false']);
    case 1:
      return oddNumber(random);
    case 2:
      return quoted(oddText(random));
    case 3:
      return `"${random.pick(ESCAPES)}"`;
    case 4:
      return String(random.below(1000));
    case 5:
      return quoted(`text ${random.below(1000)}`);
    case 6:
      return `[${someMany(random, () => someJson(random, depth + 1))}]`;
    case 7:
      return quoted(someObject(random, depth + 1));
    default:
      return someObject(random, depth + 1);
  }
}

/** An object of a few members. */
export function someObject(random: Random, depth = 0): string {
  return `{${someMany(random, () => `${quoted(someKey(random))}:${someJson(random, depth + 1)}`)}}`;
}

/** Few, so that updates meet in keys. */
export function someKey(random: Random): string {
  return random.chance(0.15) ? oddText(random) : `key${random.below(12)}`;
}

export function someKeys(random: Random): string {
  return `[${someMany(random, () => quoted(someKey(random)))}]`;
}

/** Parts to replace, at times one that cannot be. */
export function someParts(random: Random): string {
  const part = () => random.pick(['variables', 'context', 'context', 'history']);
  return `[${someMany(random, () => quoted(part()))}]`;
}

/** Steps of a history, at times without a node, with another kind of timestamp, or no object at
 * all. */
export function someHistory(random: Random): string {
  const node = () =>
    random.chance(0.03) ? someJson(random, DEPTH_MAX) : quoted(`node-${random.below(20)}`);
  const step = () => `{"nodeId":${node()},"timestamp":${quoted(someTimestamp(random))}}`;
  return `[${someMany(random, () => (random.chance(0.02) ? someJson(random) : step()))}]`;
}

function someMany(random: Random, item: () => string): string {
  return Array.from({ length: random.below(5) }, item).join(',');
}

/** Values that are hard to take because of their size or their form; each fits into a body. */
export const EXCESSES: readonly ((random: Random) => string)[] = [
  (random) => `${'['.repeat(100 + random.below(100_000))}`,
  (random) => {
    const depth = 20 + random.below(3000);
    return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  },
  (random) => {
    const depth = 20 + random.below(3000);
    return `${'['.repeat(depth)}${']'.repeat(depth)}`;
  },
  (random) => `{${listOf(random, 60_000, (place) => `"k${place}":1`)}}`,
  (random) => `{"one":[${listOf(random, 200_000, () => '1')}]}`,
  (random) => `{"one":[${listOf(random, 100_000, () => '{}')}]}`,
  (random) => `{"one":${quoted('x'.repeat(random.below(900_000)))}}`,
  (random) => `{"one":${quoted(utf8('😀').repeat(random.below(200_000)))}}`,
  (random) => `{"one":${'9'.repeat(1 + random.below(500_000))}}`,
  (random) => `[${listOf(random, 60_000, (place) => `"k${place}"`)}]`,
  (random) =>
    `[${listOf(random, 20_000, (place) => `{"nodeId":"n${place}","timestamp":${place}}`)}]`,
  (random) => `{${listOf(random, 20_000, () => '"same":1')}}`,
  (random) => `{${listOf(random, 20_000, () => '"__proto__":{}')}}`,
];

/** Up to so many items; a few on most days. */
function listOf(random: Random, max: number, item: (place: number) => string): string {
  return Array.from({ length: random.below(max) }, (_, place) => item(place)).join(',');
}
