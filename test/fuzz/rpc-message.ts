// Request messages of SessionService in the wire format: mostly right, then at times mutated.

import type { Random } from '../model/random.ts';
import type { Target } from './input.ts';
import { someKey } from './json-text.ts';
import { mutated } from './mutate.ts';
import { oddText, someId, someTimestamp } from './odd-texts.ts';
import { message, text, type WireField } from './protobuf-wire.ts';

const NUMBERS = [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 1e308, 5e-324, 2 ** 53 + 1];
const DEPTH_MAX = 4;

type Write = (random: Random, target: Target) => readonly WireField[];

const MESSAGES: Readonly<Record<string, Write>> = {
  Persist: (random, target) => [
    [1, sessionId(random, target)],
    ...sometimes(random, 0.5, () => [2, userId(random, target)]),
    ...sometimes(random, 0.2, () => [3, text(random.pick(['checkout', 'other', oddText(random)]))]),
    ...sometimes(random, 0.6, () => [4, struct(random, 0)]),
    ...sometimes(random, 0.6, () => [5, struct(random, 0)]),
    ...sometimes(random, 0.1, () => [6, text(someKey(random))]),
    ...sometimes(random, 0.1, () => [7, text(someKey(random))]),
    ...sometimes(random, 0.3, () => [8, step(random)]),
    ...sometimes(random, 0.3, () => [8, step(random)]),
    ...sometimes(random, 0.4, () => [9, text(someTimestamp(random))]),
    ...sometimes(random, 0.2, () => [10, text(`update-${random.below(500)}`)]),
    ...sometimes(random, 0.2, () => [11, text(`input-${random.below(500)}`)]),
    ...sometimes(random, 0.2, () => [12, random.pick([0, 1, 7, 2n ** 53n, 2n ** 64n - 1n])]),
    ...sometimes(random, 0.02, () => [13, text(random.pick(['AAAAAAAAAAAAAAAAAAAAAA', 'x']))]),
    ...sometimes(random, 0.05, () => [
      14,
      text(random.pick(['none', '*', 'ffffffffffffffffffff', '"x"'])),
    ]),
    ...sometimes(random, 0.05, () => [15, text(random.pick(['context', 'variables', 'x']))]),
    ...sometimes(random, 0.1, () => [16, random.pick([0, 60, 34_560_000, 34_560_001, 2 ** 32])]),
    ...sometimes(random, 0.05, () => [17, text(random.pick(['extend', 'exact', 'x']))]),
  ],
  Touch: (random, target) => [
    [1, sessionId(random, target)],
    ...sometimes(random, 0.5, () => [2, random.pick([0, 60, 34_560_000, 34_560_001])]),
  ],
  Restore: (random, target) => [
    ...sometimes(random, 0.8, () => [1, sessionId(random, target)]),
    ...sometimes(random, 0.4, () => [2, userId(random, target)]),
    ...sometimes(random, 0.2, () => [3, random.pick([0, 1, 3, 2 ** 32])]),
  ],
  Inspect: (random, target) => [
    ...sometimes(random, 0.8, () => [1, sessionId(random, target)]),
    ...sometimes(random, 0.3, () => [2, userId(random, target)]),
    ...sometimes(random, 0.2, () => [3, random.pick([0, 1, 3, 2 ** 32])]),
    ...sometimes(random, 0.3, () => [4, 1]),
  ],
  ListSessions: (random, target) => [
    ...sometimes(random, 0.5, () => [1, userId(random, target)]),
    ...sometimes(random, 0.3, () => [3, sessionId(random, target)]),
    ...sometimes(random, 0.2, () => [6, random.pick([0, 1, 3, 9])]),
    ...sometimes(random, 0.2, () => [8, random.below(2)]),
    ...sometimes(random, 0.8, () => [9, random.pick([0, 1, 5, 201])]),
    ...sometimes(random, 0.1, () => [10, text(random.pick(['e30', 'x', '{}']))]),
    ...sometimes(random, 0.2, () => [11, 1]),
  ],
  Lock: (random, target) => [
    [1, sessionId(random, target)],
    ...sometimes(random, 0.1, () => [2, text(random.pick(['AAAAAAAAAAAAAAAAAAAAAA', 'x']))]),
    [3, random.chance(0.95) ? 100 + random.below(100) : random.pick([0, 1, 300_001, -1])],
    [4, random.below(20)],
  ],
  Unlock: (random, target) => [
    [1, sessionId(random, target)],
    [2, text(random.pick(['AAAAAAAAAAAAAAAAAAAAAA', 'x']))],
  ],
  Erase: (random, target) => [
    [1, sessionId(random, target)],
    ...sometimes(random, 0.2, () => [2, text(random.pick(['none', 'ffffffffffffffffffff']))]),
    ...sometimes(random, 0.3, () => [3, text(`update-${random.below(500)}`)]),
  ],
  EraseUser: (random, target) => [[1, userId(random, target)]],
};

/** The methods whose messages are known here. Locks and erases are the rarer ones, as they are in
 * use. */
export const METHOD_CHOICE = [
  ...[
    'Persist',
    'Persist',
    'Persist',
    'Persist',
    'Restore',
    'Restore',
    'Restore',
    'Touch',
    'Inspect',
    'Inspect',
    'ListSessions',
  ],
  ...['Lock', 'Unlock', 'Erase', 'EraseUser'],
];

/** A message for a method; one in five is mutated. */
export function rpcMessage(random: Random, method: string, target: Target): Buffer {
  const fields = [...(MESSAGES[method]?.(random, target) ?? [])];
  if (random.chance(0.03)) fields.push([1 + random.below(40), oddValue(random)]);
  const bytes = message(fields);
  return random.chance(0.2) ? mutated(random, bytes) : bytes;
}

function sometimes(random: Random, chance: number, field: () => WireField): WireField[] {
  return random.chance(chance) ? [field()] : [];
}

function sessionId(random: Random, { nearIds }: Target): Buffer {
  return text(someId(random, 's', nearIds));
}

function userId(random: Random, { nearIds }: Target): Buffer {
  return text(someId(random, 'u', nearIds));
}

function oddValue(random: Random): WireField[1] {
  return random.pick<WireField[1]>([
    0,
    2n ** 64n - 1n,
    { fixed64: NaN },
    { fixed32: 1 },
    Buffer.alloc(0),
    text('\xff'),
  ]);
}

function step(random: Random): Buffer {
  const node: WireField[] = random.chance(0.9) ? [[1, text(`node-${random.below(20)}`)]] : [];
  return message([...node, ...sometimes(random, 0.8, () => [2, text(someTimestamp(random))])]);
}

function struct(random: Random, depth: number): Buffer {
  const entry = (): WireField => [
    1,
    message([
      [1, text(someKey(random))],
      [2, value(random, depth)],
    ]),
  ];
  return message(Array.from({ length: random.below(5) }, entry));
}

/** A google.protobuf.Value; one in thirty without a kind. */
function value(random: Random, depth: number): Buffer {
  const chosen = random.below(depth < DEPTH_MAX ? 8 : 5);
  if (random.chance(0.03)) return Buffer.alloc(0);
  switch (chosen) {
    case 0:
      return message([[1, 0]]);
    case 1:
      return message([[2, { fixed64: random.pick(NUMBERS) }]]);
    case 2:
      return message([[4, random.below(3)]]);
    case 3:
      return message([[3, text(oddText(random))]]);
    case 4:
      return message([[3, text(`text ${random.below(1000)}`)]]);
    case 5:
      return message([
        [6, message(Array.from({ length: random.below(4) }, () => [1, value(random, depth + 1)]))],
      ]);
    case 6:
      return nested(random);
    default:
      return message([[5, struct(random, depth + 1)]]);
  }
}

/** Lists in lists, deeper than a session may hold. */
function nested(random: Random): Buffer {
  let inner = message([[1, 0]]);
  for (let left = random.below(random.chance(0.05) ? 400 : 40); left > 0; left--)
    inner = message([[6, message([[1, inner]])]]);
  return inner;
}
