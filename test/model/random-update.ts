import type { ModelUpdate } from './model-update.ts';
import type { Random } from './random.ts';

const KEYS = ['', 'a', 'b', 'a.b', '$', '__proto__', 'constructor'];
const VALUES = [
  '0',
  '""',
  'false',
  'null',
  '1e+308',
  '9007199254740991',
  '{"a":[{}]}',
  `"${'x'.repeat(700)}"`,
];

const REPLACED = [['variables'], ['context'], ['context', 'variables']];

/** The two users who take turns in a session. */
export function usersOf(sessionId: string): [string, string] {
  return [`user-1 of ${sessionId}`, `user-2 of ${sessionId}`];
}

type Circumstances = {
  sessionId: string;
  place: number;
  nowSecond: number;
  /** The longest life of a session. */
  ttlMs: number;
};

/** An update of a session: its `place` among those that were sent, some time around `nowSecond`;
 * some callers' clocks are minutes off. */
export function randomUpdate(
  random: Random,
  { sessionId, place, nowSecond, ttlMs }: Circumstances,
): ModelUpdate {
  const some = <T>(make: () => T, most: number) =>
    Array.from({ length: random.below(most + 1) }, make);
  const entries = () => {
    const keys = [...new Set(some(() => random.pick(KEYS), 3))].sort();
    return keys.map((key) => ({ key, json: random.pick(VALUES) }));
  };
  const removed = () => (random.chance(0.25) ? [random.pick(KEYS)] : []);
  const skewSeconds = random.chance(0.15) ? random.below(481) - 240 : random.below(20) - 12;
  const timed = random.chance(0.8);
  const named = random.chance(0.6);
  const hasTtl = random.chance(0.2);
  return {
    sessionId,
    userId: random.pick(['', '', ...usersOf(sessionId)]),
    flowId: random.pick(['', '', 'main', 'refund']),
    variables: entries(),
    context: entries(),
    removedVariables: removed(),
    removedContext: removed(),
    // Only an update that says when it happened may replace, whatever it is sent with.
    replace: timed && random.chance(0.15) ? random.pick(REPLACED) : [],
    history: some(
      () => ({
        nodeId: random.pick(['a', 'b', 'c']),
        timestamp: someNotation(random, 1.7e9 + random.below(40)),
      }),
      2,
    ),
    updateId: named ? `update-${place}-${random.below(1e6)}` : '',
    inputId: named ? '' : `input-${random.below(1e6)}`,
    sequence: BigInt(random.pick([0, 0, 1, 2, 3])),
    eventSecond: timed ? Math.max(1, nowSecond + skewSeconds) : undefined,
    eventMs: random.chance(0.5) ? random.below(1000) : undefined,
    ttlSeconds: hasTtl ? someTtlSeconds(random, ttlMs) : undefined,
    ttlMode: hasTtl ? random.pick(['', 'extend', 'exact']) : '',
  };
}

/** Not too short, since some clocks are real. */
export function someTtlSeconds(random: Random, ttlMs: number): number {
  return Math.floor((ttlMs / 1000) * random.pick([0.5, 0.9, 1]));
}

/** An instant in one of the notations that it can be sent in. */
function someNotation(random: Random, second: number): string {
  const utc = new Date(second * 1000).toISOString();
  const zoned = new Date((second + 7200) * 1000).toISOString().replace('Z', '+02:00');
  return random.pick([String(second), String(second), String(second * 1000), utc, zoned]);
}
