// The fields of a session's hash, as scripts/read.lua answers them. The short ones, most of a hash,
// come as lines of one value: reading a reply takes time for each of its values.

import type { Reply } from './scripts/replies.ts';

/** The fields that come as lines, in their order. scripts/read.lua has the same list. */
export const LINES = [
  ...(['revision', 'incarnation', 'chain', 'created_at', 'expires_at', 'flow', 'seal'] as const),
  ...(['snapshot_bytes', 'delta_bytes', 'last_event', 'noted'] as const),
] as const;

const PLACES: ReadonlyMap<string, number> = new Map(LINES.map((name, place) => [name, place]));

/** The fields of one hash. */
export class StoredFields {
  readonly #lines: readonly string[];
  /** By their names, as latin-1: frames, and all others that did not come as lines. */
  readonly others: ReadonlyMap<string, Buffer>;

  /** What the script answers after the time: the lines, and the others' names and values in turn. */
  constructor([lines, rest]: Reply) {
    this.#lines = String(lines).split('\n');
    const others = rest as unknown as Buffer[];
    const byName = new Map<string, Buffer>();
    for (let place = 0; place + 1 < others.length; place += 2)
      byName.set(others[place]?.toString('latin1') ?? '', others[place + 1] as Buffer);
    this.others = byName;
  }

  /** A field as text; undefined if there is none. */
  text(name: string): string | undefined {
    const line = this.#lines[PLACES.get(name) ?? LINES.length];
    // One that would not be a line is among the others.
    return line || this.others.get(name)?.toString();
  }
}
