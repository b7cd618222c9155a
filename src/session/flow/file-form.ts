// The form of a flow definition, checked before its schemas are compiled: which members it has, and
// that its schemas are valid JSON Schema.

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { HISTORY_MAX_STEPS, ID_MAX_LENGTH } from '../limits.ts';
import { type FlowProblem, protoProblems } from './schema-problem.ts';
import { brokenRuleFrom } from './violation.ts';

/** The members of a definition. */
export type FlowFile = {
  flowId?: string;
  description?: string;
  variables?: object;
  context?: object;
  coerce?: boolean;
  ttl?: string | number;
  fallback?: { variables?: Record<string, unknown>; context?: Record<string, unknown> };
  historyMaxEntries?: number;
};

/** Deepest nesting of a file. Schemas that people write have ten levels; ten thousand would exhaust
 * the stack. */
const DEPTH_MAX = 100;

const JSON_SCHEMA = 'https://json-schema.org/draft/2020-12/schema';

const PART = {
  $ref: JSON_SCHEMA,
  type: 'object',
  properties: { $schema: { const: JSON_SCHEMA }, type: { const: 'object' } },
};

const FORM = {
  type: 'object',
  additionalProperties: false,
  properties: {
    flowId: { type: 'string', minLength: 1, maxLength: ID_MAX_LENGTH },
    description: { type: 'string' },
    variables: PART,
    context: PART,
    coerce: { type: 'boolean' },
    ttl: { type: ['string', 'integer'] },
    fallback: {
      type: 'object',
      additionalProperties: false,
      properties: { variables: { type: 'object' }, context: { type: 'object' } },
    },
    historyMaxEntries: { type: 'integer', minimum: 1, maximum: HISTORY_MAX_STEPS },
  },
};

const hasForm = formats
  .default(
    new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true, ownProperties: true }),
  )
  .compile<FlowFile>(FORM);

/** The file, if its JSON has the right form; otherwise everything that is wrong with the form. */
export function flowFileFrom(
  json: unknown,
): { file: FlowFile; problems?: undefined } | { file?: undefined; problems: FlowProblem[] } {
  if (isDeeperThan(DEPTH_MAX, json)) {
    return { problems: [{ pointer: '', message: `it is nested deeper than ${DEPTH_MAX} levels` }] };
  }
  if (!hasForm(json)) return { problems: formProblems() };
  const problems = [
    ...protoProblems(json.variables, '/variables'),
    ...protoProblems(json.context, '/context'),
  ];
  return problems.length > 0 ? { problems } : { file: json };
}

/** One problem per place. Where each alternative says what it requires, it is left out that the
 * value matches none of them. */
function formProblems(): FlowProblem[] {
  const broken = (hasForm.errors ?? []).map((error) => brokenRuleFrom(error, ''));
  return [...Map.groupBy(broken, ({ pointer }) => pointer)].map(([pointer, rules]) => {
    const specific = rules.length > 1 ? rules.filter(({ keyword }) => keyword !== 'anyOf') : rules;
    return {
      pointer,
      message: `it ${[...new Set(specific.map(({ rule }) => rule))].join(', or ')}`,
    };
  });
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
