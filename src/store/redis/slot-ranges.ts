// Sets of slots, written as ranges: `0-5460,10923-16383`. A server without slots counts as one that
// has all of them.

import { SLOTS } from './connection/slot-of-key.ts';

export const ALL_SLOTS = `0-${SLOTS - 1}`;

const RANGES = /^\d{1,5}-\d{1,5}(,\d{1,5}-\d{1,5})*$/;

/** The slots in ranges, ascending; undefined if the text is none. */
export function slotsIn(ranges: string): number[] | undefined {
  if (!RANGES.test(ranges)) return undefined;
  const slots: number[] = [];
  for (const range of ranges.split(',')) {
    const [first = 0, last = 0] = range.split('-').map(Number);
    if (first > last || last >= SLOTS || first <= (slots.at(-1) ?? -1)) return undefined;
    for (let slot = first; slot <= last; slot++) slots.push(slot);
  }
  return slots;
}

/** Slots, ascending, as ranges; empty if there are none. */
export function rangesOf(slots: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges.map(([first, last]) => `${first}-${last}`).join(',');
}
