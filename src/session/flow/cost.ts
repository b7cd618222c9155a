// How long validation by a schema may take, estimated from the schema alone.
//
// Most schemas check each value of an update once for each of their own parts. That is quick, and
// bounded by the size of both. Three things make it slow: references that multiply the parts,
// several references that lead back to where they are (each level of a value then doubles the
// work), and slow patterns.

import { pointerToken } from '../json/value.ts';
import { patternCost } from './pattern-cost.ts';
import { referredTo } from './reference-loop.ts';
import type { FlowProblem } from './schema-problem.ts';

/** What validation by a schema can cost. */
export type SchemaCost = {
  /** Parts of the schema that a value may be checked by, with references followed; Infinity where
   * these lead back. */
  parts: number;
  /** Cost of its patterns: for each power of a text's length, the factor of that power. */
  powers: ReadonlyMap<number, number>;
};

/** The cost of a schema, and the places in its file that make it slow on some updates. `keywords`
 * is how many keywords it has, including definitions, without following references: that is what
 * compiling it costs. */
export type CostEstimate = { cost: SchemaCost; slow: FlowProblem[]; keywords: number };

/** Most steps of a validation that counts as quick: about ten milliseconds. Most updates take a
 * hundredth of that. */
const QUICK_STEPS = 500_000;
/** How many times quicker a step of a regular expression is than one of a schema. */
const PATTERN_STEPS = 20;
/** A pattern counts as slow from this power of a text's length on: with 4000 characters it takes a
 * minute. */
const SLOW_DEGREE = 3;
/** More parts than a person writes. */
const MANY_PARTS = 10_000;

/** Keywords that have no effect until a reference leads to them. */
const DEFINITIONS: readonly string[] = ['$defs', 'definitions'];
/** Keywords whose members are schemas, by name. */
const BY_NAME: readonly string[] = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  ...DEFINITIONS,
];
/** Keywords whose schemas apply to the same value again; all others apply to what is in it. */
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

/** Powers of the text's length that formats take; all other formats are linear. */
const FORMAT_DEGREES: Readonly<Record<string, number>> = { url: 2 };

/** Whether validating JSON text of this many characters is certainly quick. */
export function isQuick({ parts, powers }: SchemaCost, length: number): boolean {
  let steps = parts * length;
  for (const [degree, factor] of powers) steps += (factor * length ** degree) / PATTERN_STEPS;
  return steps <= QUICK_STEPS;
}

/** Estimates the cost of the schema at the JSON pointer `root` of its file. */
export function estimateCost(schema: object, root: string): CostEstimate {
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

  /** What a `$ref` leads to. A reference by name (`$anchor`) is not followed, and counts as one
   * that leads back. */
  function targetOf(reference: unknown): unknown {
    const text = String(reference);
    return /^#(?:\/|$)/.test(text) ? referredTo(schema, text) : schema;
  }

  /** A schema is slow if what is in a value leads back to it more than once. */
  function noteLoops(members: { keyword: string; costs: SchemaCost[] }[], pointer: string): void {
    const loopsOf = (costs: SchemaCost[]) => costs.filter(({ parts }) => parts === Infinity).length;
    const inPlace = members.filter(({ keyword }) => IN_PLACE.includes(keyword));
    const within = members.filter(({ keyword }) => !IN_PLACE.includes(keyword));
    const count =
      inPlace.reduce((sum, { costs }) => sum + loopsOf(costs), 0) +
      (within.some(({ costs }) => loopsOf(costs) > 0) ? 1 : 0);
    if (count < 2) return;
    const message =
      `${count} of its alternatives lead back to it, ` +
      'so each level of nesting may double the time';
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
    const message =
      `the format ${JSON.stringify(name)} takes time by the square of a text's length; ` +
      '"uri" does not';
    slow.push({ pointer, message });
    return { parts: 1, powers: new Map([[degree, 1]]) };
  }
}

function slowPattern(degree: number): string {
  if (degree === Infinity)
    return 'the pattern has repetitions within a repetition, which may take forever';
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
