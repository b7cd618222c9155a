// How large Cognigy counts a value: two bytes for each character, eight for a number.

/** The size of a JSON value in bytes, as Cognigy compares it with its limits. */
export function sizeOf(value: unknown): number {
  let bytes = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') bytes += 2 * next.length;
    else if (typeof next === 'number') bytes += 8;
    else if (typeof next === 'boolean') bytes += 4;
    else if (Array.isArray(next)) open.push(...next);
    else if (next !== null && typeof next === 'object') {
      for (const [key, inner] of Object.entries(next)) {
        bytes += 2 * key.length;
        open.push(inner);
      }
    }
  }
  return bytes;
}
