/** The canonical JSON text of a value: keys in order, no white space, numbers as doubles. Values
 * have equal texts exactly if they are equal. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const names = Object.keys(value).sort();
  const inner = value as Record<string, unknown>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(inner[name])}`).join()}}`;
}
