import { parseJson } from '../json/parse.ts';

const INDEX = /^(0|[1-9]\d{0,9})$/;

/** The JSON of what a path leads to within a value; undefined if it leads nowhere. */
export function jsonAt(json: string, path: readonly string[]): string | undefined {
  if (path.length === 0) return json;
  let value = parseJson(json);
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    if (Array.isArray(value) && !INDEX.test(name)) return undefined;
    value = value[name as never];
  }
  return JSON.stringify(value);
}
