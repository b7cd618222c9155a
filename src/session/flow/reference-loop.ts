// References that lead back to where they are without going into the value: `{ "$ref": "#/$defs/a"
// }` as the definition of `a`. Validation by such a schema never ends, whatever was posted.

import { pointerToken } from '../json/value.ts';
import type { FlowProblem } from './schema-problem.ts';

/** Keywords that hold a schema, or a list of them, for the same value. */
const SAME_VALUE: readonly string[] = ['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else'];
/** A reference within the schema. References by name (`$anchor`) are not followed. */
const LOCAL_REFERENCE = /^#(?:\/|$)/;

/** One problem for each loop, at the place of the reference. `root` is the pointer of the schema in
 * its file. */
export function loopProblems(schema: object, root: string): FlowProblem[] {
  const done = new Set<object>();
  const open = new Set<object>();
  const problems: FlowProblem[] = [];
  visitAll(schema, root);
  return problems;

  /** Starts at every schema, because a schema that leads to a loop is not part of the loop. */
  function visitAll(node: unknown, pointer: string): void {
    if (!isObject(node)) return;
    visit(node, pointer);
    for (const [name, inner] of Object.entries(node))
      visitAll(inner, `${pointer}/${pointerToken(name)}`);
  }

  /** `from` is the place of the reference that led to the schema at `pointer`, if one did. */
  function visit(node: unknown, pointer: string, from = pointer): void {
    if (!isObject(node) || done.has(node)) return;
    if (open.has(node)) {
      const message = 'the reference leads back to where it is, so validation would never end';
      problems.push({ pointer: from, message });
      return;
    }
    open.add(node);
    for (const [keyword, value] of Object.entries(node)) {
      const place = `${pointer}/${pointerToken(keyword)}`;
      if (keyword === '$ref' && LOCAL_REFERENCE.test(String(value))) {
        const reference = String(value);
        visit(referredTo(schema, reference), root + reference.slice(1), place);
      } else if (keyword === 'dependentSchemas' || Array.isArray(value)) {
        if (keyword !== 'dependentSchemas' && !SAME_VALUE.includes(keyword)) continue;
        for (const [name, inner] of Object.entries(value ?? {}))
          visit(inner, `${place}/${pointerToken(name)}`);
      } else if (SAME_VALUE.includes(keyword)) {
        visit(value, place);
      }
    }
    open.delete(node);
    done.add(node);
  }
}

/** What a reference of the form `#/…` leads to within a schema; undefined if nowhere. */
export function referredTo(schema: object, reference: string): unknown {
  return decodeURIComponent(reference)
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], schema);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
