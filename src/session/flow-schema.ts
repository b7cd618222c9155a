// The JSON Schema of one part of an update (`variables` or `context`), compiled. Beside what Ajv does:
//
// * Odd names. Whether an object has a property is asked of the object alone: `toString` and `__proto__` are
//   there only if they were posted. Ajv's record of evaluated properties is a plain object, in which they
//   always are, so it is made one without a prototype.
// * Bounds. All violations of a part are looked for only in a part of ALL_VIOLATIONS_MAX_LENGTH; in a larger
//   one the first ends it, since an array of a million wrong items would be a million violations to hold.
// * `pattern` is trusted. A regular expression that takes for ever on some text is the operator's, as is all
//   of a definition.
// * Each schema stands alone: a `$ref` leads into the same schema or nowhere.

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { coercedFrom } from './flow-coercion.ts';
import { type BrokenRule, brokenRuleFrom, VIOLATIONS_MAX } from './flow-violation.ts';
import { jsonObjectText, type KeyValue } from './json-value.ts';

/** Largest JSON text of which every violation is looked for, in characters: four times what Cognigy's HTTP
 * node sends. */
const ALL_VIOLATIONS_MAX_LENGTH = 256 * 1024;

/** Judges the entries of one part; those that are coerced come back so, all others as they were. */
export type PartJudge = (posted: KeyValue[]) => { entries: KeyValue[]; broken: BrokenRule[] };

const OPTIONS = {
  strict: true,
  // Of the strict mode, these would refuse what is in good use: `if: { required: […] }`, `prefixItems` alone.
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  allowMatchingProperties: true,
  ownProperties: true,
  // 42.35 / 0.01 is 4235.000000000001, and 42.35 is still a multiple of a cent.
  multipleOfPrecision: 6,
  // For the words of a violation: the schema around it, and the type of what was posted.
  verbose: true,
  // Checked before, against the metaschema (flow-file.ts); without it here nothing outside can be referred to.
  meta: false,
  validateSchema: false,
  logger: false,
  code: { process: withoutPrototypes },
} as const;

/** Keywords of Ajv's own that no other validator knows, or that make judging asynchronous. */
const NOT_JSON_SCHEMA = ['nullable', '$async'];

/** Compiles the schema of the part at the JSON pointer `root`. Throws Ajv's error if it is none that can be
 * compiled. */
export function compilePartSchema(
  schema: object,
  { root, coerce }: { root: string; coerce: boolean },
): PartJudge {
  const compile = (allErrors: boolean) => {
    const ajv = formats.default(new Ajv2020({ ...OPTIONS, allErrors, coerceTypes: coerce }));
    for (const keyword of NOT_JSON_SCHEMA) ajv.removeKeyword(keyword);
    // A part is always an object, so its schema need not say so.
    return ajv.compile<Record<string, unknown>>({ type: 'object', ...schema });
  };
  const findAll = compile(true);
  let findFirst: typeof findAll | undefined;
  // Made where it is needed, which is hardly ever: it would double the cost of loading a definition.
  const findingFirst = () => {
    findFirst ??= compile(false);
    return findFirst;
  };

  return function judge(posted) {
    const text = jsonObjectText(posted);
    const validate = text.length > ALL_VIOLATIONS_MAX_LENGTH ? findingFirst() : findAll;
    const object: Record<string, unknown> = JSON.parse(text);
    if (validate(object)) return coerce ? coercedFrom(posted, object, root) : { entries: posted, broken: [] };
    const errors = validate.errors?.slice(0, VIOLATIONS_MAX) ?? [];
    return { entries: posted, broken: errors.map((error) => brokenRuleFrom(error, root)) };
  };
}

function withoutPrototypes(code: string): string {
  return code.replace(/\b(props\d+ = (?:props\d+ \|\| )?)\{\}/g, '$1Object.create(null)');
}
