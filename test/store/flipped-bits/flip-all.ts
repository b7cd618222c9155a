// Flips bits of a stored session, one at a time, and sums up what came of it.

import type { Outcome } from './flipped-session.ts';
import type { StoredCopy } from './stored-copy.ts';

/** A session of its own, in which bits are flipped one after the other. All lanes have the same. */
export type Lane = { copy: StoredCopy; outcome(): Promise<Outcome> };

/** Of the longest number: eight bytes. */
const EVERY_BIT_MAX = 64;

type Sum = { bits: number; found: number; costs: Set<string> };

/** The lines of a table: what was damaged, whether that was found, and what it cost. */
export async function flipAll(lanes: Lane[]): Promise<string[]> {
  const sums = new Map<string, Sum>();
  const cells = lanes[0]?.copy.cells ?? [];
  const flips = cells.flatMap(({ place, bits }, cell) =>
    flippedBits(bits).map((bit) => ({ place, cell, bit })),
  );
  const run = async ({ copy, outcome }: Lane) => {
    for (let flip = flips.pop(); flip; flip = flips.pop()) {
      const { place, bit } = flip;
      const cell = copy.cells[flip.cell];
      if (cell?.place !== place) throw new Error('the lanes hold different sessions');
      await copy.write(cell, bit);
      const { found, costs } = await outcome().catch((cause) => {
        throw new Error(`bit ${bit} of ${place}: ${cause.message}`, { cause });
      });
      const sum = sums.get(place) ?? { bits: 0, found: 0, costs: new Set() };
      sum.bits++;
      if (found.size > 0) sum.found++;
      sums.set(place, { ...sum, costs: sum.costs.union(costs) });
    }
  };
  await Promise.all(lanes.map(run));
  return linesFrom(sums);
}

/** Every bit of numbers and short names; of longer ones, another bit in each byte than in the byte
 * before it. */
function flippedBits(bits: number): number[] {
  const all = Array.from({ length: bits }, (_, bit) => bit);
  return bits <= EVERY_BIT_MAX ? all : all.filter((bit) => bit % 8 === (bit >> 3) % 8);
}

/** Places of which the same is to be said share a line. */
function linesFrom(sums: Map<string, Sum>): string[] {
  const lines = new Map<string, string[]>();
  for (const [place, { bits, found, costs }] of sums) {
    const isFound = found === bits ? 'yes' : found === 0 ? 'no' : 'in part';
    const facts = `${isFound} | ${[...costs].sort().join(', ') || 'nothing'}`;
    lines.set(facts, [...(lines.get(facts) ?? []), place]);
  }
  return [...lines].map(([facts, places]) => `| ${places.sort().join(', ')} | ${facts} |`).sort();
}
