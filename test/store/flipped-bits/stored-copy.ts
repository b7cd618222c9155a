// A session as it is stored, which can be written back with one of its bits flipped.

/** One field, or the name of one: what may be damaged at a time. */
export type Cell = {
  /** What it is, for the table of what came of it. */
  place: string;
  bits: number;
};

export type StoredCopy = {
  cells: Cell[];
  /** Writes the session as it was, with one bit of one cell flipped. */
  write(cell: Cell, bit: number): Promise<void>;
};

/** The bytes with one bit flipped. */
export function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** What a field is called in the table, where there are several of its kind. */
export function kindOf(name: string): string {
  const [prefix = ''] = name.split(':');
  if (prefix === 'snapshot' || prefix === 'quarantine') return prefix;
  return name.length === 22 ? 'update' : name;
}
