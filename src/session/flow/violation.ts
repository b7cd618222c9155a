// What Ajv found, in words for the people who build the flow: the place, what to do, what the
// schema says, and the type of the posted value. The message never contains the posted value
// itself.

import type { ErrorObject } from 'ajv/dist/2020.js';
import { pointerToken } from '../json/value.ts';
import type { FlowProblem } from './schema-problem.ts';

/** A rule of a schema that a value breaks. */
export type BrokenRule = {
  /** JSON pointer of the value, or of the property that is missing or must not be there. */
  pointer: string;
  /** The keyword of JSON Schema. */
  keyword: string;
  /** What the rule says of the value: completes "it …". */
  rule: string;
  /** What to do: completes "please …". */
  remedy: string;
};

type Worded = { rule: string; remedy: string; property?: string };

/** Most violations of one update that are reported. */
export const VIOLATIONS_MAX = 100;

/** Longest pointer. A longer one is cut after the last token that fits, so it names something that
 * contains the value. */
const POINTER_MAX_LENGTH = 1024;
/** Most places of a schema that a message names. */
const SLOW_PLACES_MAX = 3;
/** Longest part of a list from the schema that is shown. */
const SHOWN_MAX_LENGTH = 200;

const TYPES_IN_WORDS: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'a boolean',
  integer: 'an integer',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** The rule behind an error of Ajv (in verbose mode). `root` is the pointer of the validated
 * object. */
export function brokenRuleFrom(error: ErrorObject, root: string): BrokenRule {
  const { property, ...worded } = wordsOf(error);
  const inner = property === undefined ? '' : `/${pointerToken(property)}`;
  return {
    pointer: cutPointer(root + error.instancePath + inner),
    keyword: error.keyword,
    ...worded,
  };
}

/** What is reported as the keyword where validation took too long. */
export const OUT_OF_TIME = 'time';

/** The rule that a part breaks whose validation took too long; `slow` says what may be slow about
 * its schema. */
export function outOfTimeRule(
  pointer: string,
  { limitMs, slow }: { limitMs: number; slow: readonly FlowProblem[] },
): BrokenRule {
  const places = slow.slice(0, SLOW_PLACES_MAX).map((place) => place.pointer);
  const suspects = places.length > 0 ? ` (what may be slow is at ${places.join(', ')})` : '';
  return {
    pointer,
    keyword: OUT_OF_TIME,
    rule: `takes more than ${limitMs} ms to validate${suspects}`,
    remedy: 'send less, or simplify the definition',
  };
}

/** The rule that a part breaks that cannot be validated, because references of its schema lead back
 * to where they are. */
export function endlessRule(pointer: string): BrokenRule {
  const rule = 'cannot be validated, since references in the definition never end';
  return { pointer, keyword: '$ref', rule, remedy: 'correct the definition' };
}

/** What one rule says, by its keyword. Ajv's text contains only what is in the schema. */
function wordsOf(error: ErrorObject): Worded {
  const { keyword, params, data, schema, parentSchema } = error;
  if (error.propertyName !== undefined) {
    return {
      property: error.propertyName,
      rule: `has a name that ${error.message}`,
      remedy: 'rename it',
    };
  }
  switch (keyword) {
    case 'type':
      return {
        rule: `must be ${typesInWords(schema)}, not ${kindOf(data)}`,
        remedy: `send ${typesInWords(schema)}`,
      };
    case 'required':
    case 'dependentRequired': {
      const where =
        keyword === 'required' ? '' : ` where ${JSON.stringify(params.property)} is sent`;
      const type = typeOfProperty(parentSchema, params.missingProperty);
      return {
        property: params.missingProperty,
        rule: `is required${where}`,
        remedy: type === undefined ? 'send it' : `send it as ${typesInWords(type)}`,
      };
    }
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.properties ?? {});
      return {
        property: params.additionalProperty,
        rule:
          known.length > 0 ? `must be one of the properties ${shown(known)}` : 'must not be there',
        remedy: 'leave it out',
      };
    }
    case 'unevaluatedProperties':
      return {
        property: params.unevaluatedProperty,
        rule: 'must not be there (no schema is for it)',
        remedy: 'leave it out',
      };
    case 'propertyNames':
      return { property: params.propertyName, rule: 'must have another name', remedy: 'rename it' };
    case 'enum':
      return { rule: `must be one of ${shown(schema as unknown[])}`, remedy: 'send one of them' };
    case 'const':
      return { rule: `must be ${shown([schema])}`, remedy: 'send that' };
    case 'false schema':
      return { rule: 'must not be there', remedy: 'leave it out' };
    default: {
      const type = parentSchema?.type === undefined ? '' : ` (${typesInWords(parentSchema.type)})`;
      return { rule: `${error.message}${type}`, remedy: 'correct it' };
    }
  }
}

function typeOfProperty(schema: Record<string, unknown> | undefined, name: string): unknown {
  const properties = schema?.properties as Record<string, { type?: unknown }> | undefined;
  return properties && Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
}

/** Types of JSON Schema, with an article each. */
function typesInWords(types: unknown): string {
  return [types]
    .flat()
    .map((type) => TYPES_IN_WORDS[String(type)] ?? String(type))
    .join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typesInWords(Array.isArray(value) ? 'array' : typeof value);
}

function shown(values: unknown[]): string {
  const text = values.map((value) => JSON.stringify(value)).join(', ');
  return text.length > SHOWN_MAX_LENGTH ? `${text.slice(0, SHOWN_MAX_LENGTH)}…` : text;
}

function cutPointer(pointer: string): string {
  if (pointer.length <= POINTER_MAX_LENGTH) return pointer;
  return pointer.slice(0, pointer.lastIndexOf('/', POINTER_MAX_LENGTH));
}
