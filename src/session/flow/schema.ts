// The JSON Schema of one part of an update (`variables` or `context`), compiled. In addition to
// what Ajv does:
//
// * Unusual names. Only an object's own properties count: `toString` and `__proto__` exist only if
//   they were posted. Ajv records evaluated properties in a plain object, which inherits both, so
//   its code is changed to use an object without a prototype.
// * Time. A schema may take forever on some values, because of a pattern or of references that lead
//   back. Where validation is not certain to be quick, it runs under a time limit, and exceeding
//   the limit is a violation of its own.
// * A schema is self-contained: a `$ref` leads into the same schema or nowhere.

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { replaceEquality } from '../json/equality.ts';
import { parseJson } from '../json/parse.ts';
import { jsonObjectText, type KeyValue } from '../json/value.ts';
import { coercedFrom } from './coercion.ts';
import { estimateCost, isQuick } from './cost.ts';
import type { FlowProblem } from './schema-problem.ts';
import { OutOfTime, type TimeLimit } from './time-limit.ts';
import {
  type BrokenRule,
  brokenRuleFrom,
  endlessRule,
  outOfTimeRule,
  VIOLATIONS_MAX,
} from './violation.ts';

/** Most keywords of one schema, names of properties included: ten times what people write.
 * Compiling takes up to a millisecond for each, on the thread that serves requests. */
const KEYWORDS_MAX = 2000;

type Validated = { entries: KeyValue[]; broken: BrokenRule[] };

/** Validates the entries of one part. Returns coerced entries as coerced, all others unchanged. */
export type PartValidator = (posted: KeyValue[]) => Validated;

/** A compiled schema, and what makes it slow on some updates. */
export type PartSchema = { validate: PartValidator; slow: FlowProblem[] };

const OPTIONS = {
  allErrors: true,
  strict: true,
  // These parts of strict mode would refuse schemas in common use: `if: { required: […] }`,
  // `prefixItems` alone.
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  allowMatchingProperties: true,
  ownProperties: true,
  // 42.35 / 0.01 is 4235.000000000001, and 42.35 is still a multiple of a cent.
  multipleOfPrecision: 6,
  // A violation's message needs the schema around it, and the type of what was posted.
  verbose: true,
  // The schema was checked against the metaschema before (file.ts); without the metaschema here, no
  // reference can lead out of the schema.
  meta: false,
  validateSchema: false,
  logger: false,
  code: { process: withoutPrototypes },
} as const;

/** Keywords that only Ajv knows, or that make validation asynchronous. */
const NOT_JSON_SCHEMA = ['nullable', '$async'];

/** Compiles the schema of the part at the JSON pointer `root`. Throws Ajv's error if it cannot be
 * compiled. `timeLimit` applies where validation is not certain to be quick. */
export function compilePartSchema(
  schema: object,
  { root, coerce, timeLimit }: { root: string; coerce: boolean; timeLimit: TimeLimit },
): PartSchema {
  const { cost, slow, keywords } = estimateCost(schema, root);
  if (keywords > KEYWORDS_MAX) {
    throw new Error(
      `it has ${keywords} keywords and names of properties, the most is ${KEYWORDS_MAX}`,
    );
  }
  const ajv = formats.default(new Ajv2020({ ...OPTIONS, coerceTypes: coerce }));
  for (const keyword of NOT_JSON_SCHEMA) ajv.removeKeyword(keyword);
  replaceEquality(ajv);
  // A part is always an object, so its schema need not say so.
  const isValid = ajv.compile<Record<string, unknown>>({ type: 'object', ...schema });
  // The engine compiles a function at its first call: better now than within a request.
  isValid({});
  return { validate, slow };

  function validate(posted: KeyValue[]): Validated {
    const text = jsonObjectText(posted);
    const work = () => validateText(text, posted);
    try {
      return isQuick(cost, text.length) ? work() : timeLimit.run(work);
    } catch (error) {
      if (error instanceof OutOfTime)
        return { entries: posted, broken: [outOfTimeRule(root, { limitMs: error.limitMs, slow })] };
      // The stack is full, because references by name lead back. That cannot be found beforehand.
      if (error instanceof RangeError) return { entries: posted, broken: [endlessRule(root)] };
      throw error;
    }
  }

  function validateText(text: string, posted: KeyValue[]): Validated {
    const object = parseJson(text) as Record<string, unknown>;
    if (isValid(object))
      return coerce ? coercedFrom(posted, object, root) : { entries: posted, broken: [] };
    const errors = isValid.errors?.slice(0, VIOLATIONS_MAX) ?? [];
    return { entries: posted, broken: errors.map((error) => brokenRuleFrom(error, root)) };
  }
}

function withoutPrototypes(code: string): string {
  return code.replace(/\b(props\d+ = (?:props\d+ \|\| )?)\{\}/g, '$1Object.create(null)');
}
