// The JSON Schema of one part of an update (`variables` or `context`), compiled. Beside what Ajv
// does:
//
// * Odd names. Whether an object has a property is asked of the object alone: `toString` and
//   `__proto__` are
//   there only if they were posted. Ajv's record of evaluated properties is a plain object, in
//   which they
//   always are, so it is made one without a prototype.
// * Time. A schema may take for ever on some values, by a pattern or by references that lead back.
//   What cannot
//   be told to be quick is judged under a time limit, and what exceeds that is a violation of its
//   own.
// * Each schema stands alone: a `$ref` leads into the same schema or nowhere.

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { replaceEquality } from '../json/equality.ts';
import { jsonObjectText, type KeyValue } from '../json/value.ts';
import { coercedFrom } from './coercion.ts';
import { isQuick, judgedCost } from './cost.ts';
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

type Judged = { entries: KeyValue[]; broken: BrokenRule[] };

/** Judges the entries of one part; those that are coerced come back so, all others as they were. */
export type PartJudge = (posted: KeyValue[]) => Judged;

/** A schema that was compiled, and what makes it slow on some updates. */
export type PartSchema = { judge: PartJudge; slow: FlowProblem[] };

const OPTIONS = {
  allErrors: true,
  strict: true,
  // Of the strict mode, these would refuse what is in good use: `if: { required: […] }`,
  // `prefixItems` alone.
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  allowMatchingProperties: true,
  ownProperties: true,
  // 42.35 / 0.01 is 4235.000000000001, and 42.35 is still a multiple of a cent.
  multipleOfPrecision: 6,
  // For the words of a violation: the schema around it, and the type of what was posted.
  verbose: true,
  // Checked before, against the metaschema (file.ts); without it here nothing outside can be
  // referred to.
  meta: false,
  validateSchema: false,
  logger: false,
  code: { process: withoutPrototypes },
} as const;

/** Keywords of Ajv's own that no other validator knows, or that make judging asynchronous. */
const NOT_JSON_SCHEMA = ['nullable', '$async'];

/** Compiles the schema of the part at the JSON pointer `root`. Throws Ajv's error if it is none
 * that can be compiled. `timeLimit` holds for what cannot be told to be quick. */
export function compilePartSchema(
  schema: object,
  { root, coerce, timeLimit }: { root: string; coerce: boolean; timeLimit: TimeLimit },
): PartSchema {
  const { cost, slow, keywords } = judgedCost(schema, root);
  if (keywords > KEYWORDS_MAX) {
    throw new Error(
      `it has ${keywords} keywords and names of properties, the most is ${KEYWORDS_MAX}`,
    );
  }
  const ajv = formats.default(new Ajv2020({ ...OPTIONS, coerceTypes: coerce }));
  for (const keyword of NOT_JSON_SCHEMA) ajv.removeKeyword(keyword);
  replaceEquality(ajv);
  // A part is always an object, so its schema need not say so.
  const validate = ajv.compile<Record<string, unknown>>({ type: 'object', ...schema });
  // The engine compiles a function when it is first called: better now than within a request.
  validate({});
  return { judge, slow };

  function judge(posted: KeyValue[]): Judged {
    const text = jsonObjectText(posted);
    const work = () => judgeText(text, posted);
    try {
      return isQuick(cost, text.length) ? work() : timeLimit.run(work);
    } catch (error) {
      if (error instanceof OutOfTime)
        return { entries: posted, broken: [outOfTimeRule(root, { limitMs: error.limitMs, slow })] };
      // The stack is full: by references to a name that lead back, which nothing tells beforehand.
      if (error instanceof RangeError) return { entries: posted, broken: [endlessRule(root)] };
      throw error;
    }
  }

  function judgeText(text: string, posted: KeyValue[]): Judged {
    const object: Record<string, unknown> = JSON.parse(text);
    if (validate(object))
      return coerce ? coercedFrom(posted, object, root) : { entries: posted, broken: [] };
    const errors = validate.errors?.slice(0, VIOLATIONS_MAX) ?? [];
    return { entries: posted, broken: errors.map((error) => brokenRuleFrom(error, root)) };
  }
}

function withoutPrototypes(code: string): string {
  return code.replace(/\b(props\d+ = (?:props\d+ \|\| )?)\{\}/g, '$1Object.create(null)');
}
