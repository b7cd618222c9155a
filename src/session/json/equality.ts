// Replaces Ajv's own comparison of values in `uniqueItems`, `const` and `enum`. Ajv compares every
// pair of items, so 16 000 objects took twelve seconds; and it calls `toString` and `valueOf` of
// what was posted, so a property with such a name made it throw. Results and messages stay Ajv's.

import { _, type Ajv2020, type CodeKeywordDefinition, type KeywordCxt } from 'ajv/dist/2020.js';
import { canonicalJson } from './canonical.ts';

/** Two places of an array that hold the same value, the later one first. */
type Duplicate = { i: number; j: number };

/** Up to this many items, comparing all pairs is quicker than a table. */
const FEW = 16;
const SIMPLE_TYPES = ['string', 'number', 'integer', 'boolean', 'null'];

/** Makes an Ajv instance compare JSON values by their contents, in linear time. */
export function replaceEquality(ajv: Ajv2020): void {
  // Each keyword keeps its place, because an earlier keyword may coerce the value of a later one.
  replace('uniqueItems', 'maxContains', (context) => {
    if (isListOfSimpleValues(context.parentSchema.items)) return false;
    if (context.schema === true) findDuplicateIn(context);
    return true;
  });
  replace(
    'const',
    'enum',
    (context) => isObject(context.schema) && findAmong(context, [context.schema]),
  );
  replace(
    'enum',
    'not',
    (context) => context.schema.some(isObject) && findAmong(context, context.schema),
  );

  /** `code` returns whether it generated the check; if not, Ajv does. */
  function replace(keyword: string, before: string, code: (context: KeywordCxt) => boolean): void {
    const own = ajv.getKeyword(keyword) as CodeKeywordDefinition;
    ajv.removeKeyword(keyword).addKeyword({
      ...own,
      before,
      code: (context) => {
        if (!code(context)) own.code(context);
      },
    });
  }
}

function findDuplicateIn(context: KeywordCxt): void {
  const { gen, data } = context;
  const find = gen.scopeValue('func', { ref: findDuplicate });
  const duplicate = gen.const('duplicate', _`${find}(${data})`);
  context.setParams({ i: _`${duplicate}.i`, j: _`${duplicate}.j` });
  context.fail(_`${duplicate} !== undefined`);
}

function findAmong(context: KeywordCxt, values: readonly unknown[]): true {
  const identities = new Set(values.map(identityOf));
  const isAmong = context.gen.scopeValue('func', {
    ref: (value: unknown) => identities.has(identityOf(value)),
  });
  context.fail(_`!${isAmong}(${context.data})`);
  return true;
}

/** Whether Ajv's own check uses a table, as it does where all items are simple values. */
function isListOfSimpleValues(items: { type?: string | string[] } | undefined): boolean {
  const types = [items?.type ?? []].flat();
  return types.length > 0 && types.every((type) => SIMPLE_TYPES.includes(type));
}

/** The last item that occurs twice, and the nearest equal item before it. */
function findDuplicate(items: readonly unknown[]): Duplicate | undefined {
  if (items.length > FEW) return findInTable(items);
  for (let i = items.length - 1; i > 0; i--)
    for (let j = i - 1; j >= 0; j--) if (isEqual(items[i], items[j])) return { i, j };
  return undefined;
}

function findInTable(items: readonly unknown[]): Duplicate | undefined {
  const places = new Map<unknown, number>();
  let found: Duplicate | undefined;
  for (const [i, item] of items.entries()) {
    const identity = identityOf(item);
    const j = places.get(identity);
    if (j !== undefined) found = { i, j };
    places.set(identity, i);
  }
  return found;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const [as, bs] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  return names.every((name) => Object.hasOwn(b, name) && isEqual(as[name], bs[name]));
}

/** A key that is the same for equal values only. Simple values are their own key; a string gets a
 * prefix, so that it differs from the text of an object. */
function identityOf(value: unknown): unknown {
  if (typeof value === 'string') return `"${value}`;
  return isObject(value) ? canonicalJson(value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
