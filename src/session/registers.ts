// The registers of a session: which of two updates wins a key. The fold (fold.ts) takes what has
// won in the end; a timeline follows how each update changes it; an explanation names what has
// lost. All of them decide here.

import type { Entry, SessionState, Update } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { compareStamps } from './stamp.ts';

/** An update, and the place of its stamp among those of all updates. */
export type RankedUpdate = { update: Update; rank: number };
/** A value, and the update that set it. */
export type Held<T> = RankedUpdate & { value: T };
/** The entry that was set; undefined for a removal. Entries are not copied: a session may have tens
 * of thousands. */
export type HeldEntry = Held<Entry | undefined>;
/** Variables or context: the fields of an update that concern it, its registers by key, and the
 * latest update that replaced the whole part. */
export type Part = (typeof KEYED)[number] & {
  registers: Map<string, HeldEntry>;
  floor: Held<undefined> | undefined;
};

const KEYED = [
  { set: 'variables', removed: 'removedVariables', replaces: 'replacesVariables' },
  { set: 'context', removed: 'removedContext', replaces: 'replacesContext' },
] as const;

/** Variables and context, empty. */
export function createParts(): [variables: Part, context: Part] {
  const [variables, context] = KEYED;
  return [
    { ...variables, registers: new Map(), floor: undefined },
    { ...context, registers: new Map(), floor: undefined },
  ];
}

/** All updates, earliest stamp first. Those with equal stamps have the same rank. */
export function ranked(states: readonly SessionState[]): RankedUpdate[] {
  const updates = states.flatMap((state) => state.updates);
  if (updates.length > 1) updates.sort((a, b) => compareStamps(a.stamp, b.stamp));
  let rank = 0;
  return updates.map((update, place) => {
    const before = updates[place - 1];
    if (before && compareStamps(before.stamp, update.stamp) !== 0) rank += 1;
    return { update, rank };
  });
}

/** Adds what an update says about a part. The order in which updates are added does not matter. */
export function addToPart(part: Part, { update, rank }: RankedUpdate): void {
  const { set, removed, registers, floor } = part;
  if (update[part.replaces] && (!floor || floor.rank < rank))
    part.floor = { update, rank, value: undefined };
  for (const entry of update[set]) hold(registers, entry.key, { update, rank, value: entry });
  for (const key of update[removed]) hold(registers, key, { update, rank, value: undefined });
}

/** Whether a part was replaced after a key was set or removed. */
export function isBelowFloor({ floor }: Part, held: HeldEntry): boolean {
  return floor !== undefined && held.rank < floor.rank;
}

/** What is in effect for a key: an entry, a removal, or the replacement of the whole part without
 * the key. Undefined if nothing is known of it. */
export function inEffect(part: Part, key: string): HeldEntry | undefined {
  const held = part.registers.get(key);
  return held && !isBelowFloor(part, held) ? held : part.floor;
}

/** The later of two values. */
export function later(a: Held<string> | undefined, b: Held<string>): Held<string> {
  return !a || wins(b, a, (value) => value) ? b : a;
}

function hold(registers: Map<string, HeldEntry>, key: string, held: HeldEntry): void {
  const known = registers.get(key);
  if (!known || wins(held, known, textOf)) registers.set(key, held);
}

/** Whether `b` replaces `a`. `text` decides between equal stamps; a removal has none, and wins. */
function wins<T>(b: Held<T>, a: Held<T>, text: (value: T) => string | undefined): boolean {
  if (b.rank !== a.rank) return b.rank > a.rank;
  const [textA, textB] = [text(a.value), text(b.value)];
  return textA !== undefined && (textB === undefined || textA < textB);
}

function textOf(entry: Entry | undefined): string | undefined {
  return entry?.json;
}
