// How long judging by a schema may take, told from the schema alone.
//
// Most schemas look at each value of an update once for each of their own parts. That is quick, and
// bounded by the size of both. It is not where references double what they lead to, where several
// of them lead back to where they are (each level of a value then doubles the work), and where a
// pattern is slow.

import { pointerToken } from '../json/value.ts';
import { patternCost } from './pattern-cost.ts';
import { referredTo } from './reference-loop.ts';
import type { FlowProblem } from './schema-problem.ts';

/** What judging by a schema can cost. */
export type SchemaCost = {
  /** Parts that a value may be judged by, references followed; Infinity where they lead back. */
  parts: number;
  /** Of its patterns: for each power of a text's length, how many times that. */
  powers: ReadonlyMap<number, number>;
};

/** The cost of a schema, with what makes it slow on some updates, and where in the file that is.
 * `keywords` is how many it has, definitions included and references not followed: what compiling
 * it costs. */
export type JudgedCost = { cost: SchemaCost; slow: FlowProblem[]; keywords: number };

/** Most steps of judging that is called quick: some ten milliseconds. Most updates take a
 * hundredth of that. */
const QUICK_STEPS = 500_000;
/** A step of a regular expression is so many times quicker than one of a schema. */
const PATTERN_STEPS = 20;
/** From this power of a text's length on a pattern is called slow: on 4000 characters it takes a
 * minute. */
const SLOW_DEGREE = 3;
/** More parts than anybody writes down. */
const MANY_PARTS = 10_000;

/** Keywords that judge nothing until they are referred to. */
const DEFINITIONS: readonly string[] = ['$defs', 'definitions'];
/** Keywords whose members are schemas, by name. */
const BY_NAME: readonly string[] = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  ...DEFINITIONS,
];
/** Keywords whose schemas judge the same value once more; others judge what is in it. */
const IN_PLACE: readonly string[] = [
  ...['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'dependentSchemas', '$ref'],
];
/** Keywords that hold values, not schemas. */
const VALUES: readonly string[] = [
  'enum',
  'const',
  'default',
  'examples',
  'required',
  'dependentRequired',
  'type',
];

/** Powers of the length that formats take; all others are linear. */
const FORMAT_DEGREES: Readonly<Record<string, number>> = { url: 2 };

/** Whether judging a text of so many characters of JSON is quick for certain. */
export function isQuick({ parts, powers }: SchemaCost, length: number): boolean {
  let steps = parts * length;
  for (const [degree, factor] of powers) steps += (factor * length ** degree) / PATTERN_STEPS;
  return steps <= QUICK_STEPS;
}

/** The cost of the schema at the JSON pointer `root` of its file. */
export function judgedCost(schema: object, root: string): JudgedCost {
  const known = new Map<object, SchemaCost>();
  const open = new Set<object>();
  const slow: FlowProblem[] = [];
  let keywords = 0;
  const cost = costOf(schema, root);
  if (cost.parts !== Infinity && cost.parts > MANY_PARTS)
    slow.push({
      pointer: root,
      message: `with its references followed it has ${cost.parts} parts`,
    });
  return { cost, slow, keywords };

  function costOf(node: unknown, pointer: string): SchemaCost {
    if (typeof node !== 'object' || node === null) return plain(1);
    if (open.has(node)) return plain(Infinity);
    const before = known.get(node);
    if (before) return before;
    open.add(node);
    keywords += Object.keys(node).length;
    const members = Object.entries(node).map(([keyword, value]) => {
      const place = `${pointer}/${pointerToken(keyword)}`;
      return { keyword, costs: costsOf(keyword, value, place) };
    });
    open.delete(node);
    noteLoops(members, pointer);
    const total = sumOf([plain(1), ...members.flatMap(({ costs }) => costs)]);
    known.set(node, total);
    return total;
  }

  function costsOf(keyword: string, value: unknown, pointer: string): SchemaCost[] {
    if (VALUES.includes(keyword)) return [plain(countOf(value))];
    if (keyword === '$ref' || keyword === '$dynamicRef') return [costOf(targetOf(value), pointer)];
    if (keyword === 'pattern') return [costOfPattern(String(value), pointer)];
    if (keyword === 'format') return [costOfFormat(String(value), pointer)];
    if (typeof value !== 'object' || value === null) return [plain(1)];
    if (Array.isArray(value))
      return value.map((inner, index) => costOf(inner, `${pointer}/${index}`));
    if (!BY_NAME.includes(keyword)) return [costOf(value, pointer)];
    const costs = Object.entries(value).flatMap(([name, inner]) => {
      const place = `${pointer}/${pointerToken(name)}`;
      keywords += 1;
      const ofInner = costOf(inner, place);
      return keyword === 'patternProperties' ? [costOfPattern(name, place), ofInner] : [ofInner];
    });
    return DEFINITIONS.includes(keyword) ? [] : costs;
  }

  /** What a `$ref` leads to. One by a name (`$anchor`) is not followed, and counts as one that
   * leads back. */
  function targetOf(reference: unknown): unknown {
    const text = String(reference);
    return /^#(?:\/|$)/.test(text) ? referredTo(schema, text) : schema;
  }

  /** A schema is slow if what is in a value comes back to it more than once. */
  function noteLoops(members: { keyword: string; costs: SchemaCost[] }[], pointer: string): void {
    const loopsOf = (costs: SchemaCost[]) => costs.filter(({ parts }) => parts === Infinity).length;
    const inPlace = members.filter(({ keyword }) => IN_PLACE.includes(keyword));
    const within = members.filter(({ keyword }) => !IN_PLACE.includes(keyword));
    const count =
      inPlace.reduce((sum, { costs }) => sum + loopsOf(costs), 0) +
      (within.some(({ costs }) => loopsOf(costs) > 0) ? 1 : 0);
    if (count < 2) return;
    const message = `${count} of its alternatives lead back to it, so each level of nesting may double the time`;
    slow.push({ pointer, message });
  }

  function costOfPattern(source: string, pointer: string): SchemaCost {
    const { degree, factor } = patternCost(source);
    if (degree >= SLOW_DEGREE) slow.push({ pointer, message: slowPattern(degree) });
    return { parts: 1, powers: new Map([[degree, factor]]) };
  }

  function costOfFormat(name: string, pointer: string): SchemaCost {
    const degree = FORMAT_DEGREES[name];
    if (degree === undefined) return plain(1);
    const message = `the format ${JSON.stringify(name)} takes time by the square of a text's length; "uri" does not`;
    slow.push({ pointer, message });
    return { parts: 1, powers: new Map([[degree, 1]]) };
  }
}

function slowPattern(degree: number): string {
  if (degree === Infinity)
    return 'the pattern has repetitions within a repetition, which may take for ever';
  return `the pattern may take time by the power of ${degree} of a text's length`;
}

function plain(parts: number): SchemaCost {
  return { parts, powers: new Map() };
}

function sumOf(costs: readonly SchemaCost[]): SchemaCost {
  const powers = new Map<number, number>();
  for (const cost of costs)
    for (const [degree, factor] of cost.powers)
      powers.set(degree, (powers.get(degree) ?? 0) + factor);
  return { parts: costs.reduce((sum, { parts }) => sum + parts, 0), powers };
}

/** How many values there are in a value, itself included. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countOf(inner), 1);
}
