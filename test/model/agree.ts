/** Throws where what was found is not what was expected, whatever the order of their members; one
 * that is undefined is not there. */
export function agree(where: string, found: unknown, expected: unknown): void {
  const [a, b] = [canonical(found), canonical(expected)];
  if (a !== b) throw new Error(`${where}: the store has ${a}, the oracle ${b}`);
}

function canonical(value: unknown): string {
  const sorted = (_key: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner)
          .filter(([, member]) => member !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1))
      : inner;
  return JSON.stringify(value, sorted) ?? 'nothing';
}
