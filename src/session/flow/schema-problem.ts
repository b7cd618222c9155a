// Why a schema cannot be compiled, in words for the author of the schema. Ajv's messages use the
// terms of its options and often leave out the place; this file finds the place and says what to
// write instead.

import { pointerToken } from '../json/value.ts';

/** One thing that is wrong with a definition. */
export type FlowProblem = {
  /** JSON pointer into the file; empty for the whole. */
  pointer: string;
  message: string;
};

type Find = (isIt: (name: string, value: unknown) => boolean) => string;

/** Messages of Ajv, with what they mean. `find` returns the pointer of the first member that
 * matches. */
const MESSAGES: readonly {
  pattern: RegExp;
  problem: (groups: Record<string, string>, find: Find, root: string) => FlowProblem;
}[] = [
  {
    pattern: /^strict mode: unknown keyword: "(?<keyword>.*)"$/s,
    problem: ({ keyword = '' }, find) => ({
      pointer: find((name) => name === keyword),
      message:
        keyword === 'nullable'
          ? '"nullable" is not a keyword of JSON Schema; ' +
            'write "type": ["number", "null"], for example'
          : `${JSON.stringify(keyword)} is not a keyword of JSON Schema`,
    }),
  },
  {
    pattern:
      /^strict mode: missing types? "(?<type>.*)" for keyword "(?<keyword>.*)" at "#(?<place>.*)" \(/s,
    problem: ({ type, keyword, place }, _find, root) => ({
      pointer: `${root}${place}`,
      message: `"${keyword}" has no effect without "type": "${type}" next to it`,
    }),
  },
  {
    pattern: /^can't resolve reference (?<reference>.*) from id /s,
    problem: ({ reference }, find) => ({
      pointer: find((name, value) => name === '$ref' && value === reference),
      message:
        `the reference ${JSON.stringify(reference)} leads nowhere; ` +
        'only those within the same schema are followed, such as "#/$defs/money"',
    }),
  },
  {
    pattern: /^unknown format "(?<format>.*)" ignored in schema at path "#(?<place>.*)"$/s,
    problem: ({ format, place }, _find, root) => ({
      pointer: `${root}${place}/format`,
      message: `the format ${JSON.stringify(format)} is not known`,
    }),
  },
  {
    pattern: /^Invalid regular expression: \/(?<source>.*)\/\w*: (?<why>.*)$/s,
    problem: ({ source, why }, find) => ({
      pointer: find((name, value) => name === source || (name === 'pattern' && value === source)),
      message: `it is not a regular expression: ${why}`,
    }),
  },
];

/** What is wrong with the schema at the JSON pointer `root` of its file, from what Ajv threw. */
export function schemaProblemFrom(error: Error, schema: object, root: string): FlowProblem {
  for (const { pattern, problem } of MESSAGES) {
    const match = pattern.exec(error.message);
    if (match) return problem(match.groups ?? {}, (isIt) => pointerOf(schema, isIt) ?? root, root);
  }
  return { pointer: root, message: error.message.replace(/^strict mode: /, '') };

  function pointerOf(
    within: object,
    isIt: Parameters<Find>[0],
    pointer = root,
  ): string | undefined {
    for (const [name, value] of Object.entries(within)) {
      const inner = `${pointer}/${pointerToken(name)}`;
      if (isIt(name, value)) return inner;
      const found = typeof value === 'object' && value !== null && pointerOf(value, isIt, inner);
      if (found) return found;
    }
    return undefined;
  }
}

/** Finds members named `__proto__`, which Ajv would silently skip. */
export function protoProblems(schema: unknown, pointer: string): FlowProblem[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) => {
    const inner = `${pointer}/${pointerToken(name)}`;
    if (name !== '__proto__') return protoProblems(value, inner);
    const message =
      'a member "__proto__" would not be validated; ' +
      'write "patternProperties": { "^__proto__$": … } instead';
    return [{ pointer: inner, message }];
  });
}
