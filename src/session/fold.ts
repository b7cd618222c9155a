// Folding: many updates, one state.
//
// Every top-level key of `variables` and `context`, and each of user, flow and timestamp, is a
// register that the update with the latest stamp wins. History is a set. Taking the latest of a
// set, and uniting sets, are commutative, associative and idempotent; so is the fold: updates may
// come in any order, twice, or already folded in any grouping, and the result is the same, byte for
// byte.
//
// A folded state is again a list of updates, each reduced to the registers that it still wins, in
// the order of their stamps. Because each key keeps its own stamp, a snapshot can be folded with
// any later update. Removals keep their stamps too, since an older update may arrive later;
// compaction limits how many are remembered (remembered-removals.ts). The latest update stays even
// if it wins no key: it holds `timestamp`.
//
// An update that replaces the variables, or the context, also sets a register of that part, the
// floor: the latest such update wins it. Whatever updates before the floor set or removed is left
// out, no matter when they arrive; what the replacing update itself sets stays. The floor is the
// latest of a set as well, so the order does not matter here either. It is forgotten like removals.
//
// Different updates have different stamps; equal stamps mean one update, seen twice. If two updates
// with equal stamps differ all the same, removal wins, then the greater text, so that all readers
// still agree.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Entry, SessionState, Update } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { emptyState, emptyUpdate } from './empty-messages.ts';
import { formatFor } from './format.ts';
import { mergeHistory } from './history.ts';
import { keepRemovals, type Removal, type RemovalLimits } from './remembered-removals.ts';
import { compareStamps, compareTimestamps } from './stamp.ts';

/** A value, the update that set it, and the place of its stamp among those of all updates. */
type Held<T> = { update: Update; rank: number; value: T };
/** By key, the entry that was set; undefined for a removal. Entries are not copied: a session may
 * have tens of thousands. */
type Registers = Map<string, Held<Entry | undefined>>;
/** Variables or context: the fields of an update that concern it, its registers, and the latest
 * update that replaced the whole part. */
type Part = (typeof KEYED)[number] & {
  registers: Registers;
  floor: Held<undefined> | undefined;
};

const KEEP_ALL: RemovalLimits = {};

const KEYED = [
  { set: 'variables', removed: 'removedVariables', replaces: 'replacesVariables' },
  { set: 'context', removed: 'removedContext', replaces: 'replacesContext' },
] as const;

/** Folds states of one session, deltas or snapshots, into one. The order does not matter. */
export function fold(
  sessionId: string,
  states: readonly SessionState[],
  limits: RemovalLimits = KEEP_ALL,
): SessionState {
  const [first] = states;
  // Only a folded state has `lastReceived`, and nothing of it is to be left out.
  if (states.length === 1 && first?.lastReceived && limits === KEEP_ALL)
    return { ...first, history: mergeHistory([first.history]) };
  const keyed = KEYED.map(
    (fields): Part => ({ ...fields, registers: new Map(), floor: undefined }),
  );
  let newest: Held<string> | undefined;
  let user: Held<string> | undefined;
  let flow: Held<string> | undefined;
  let lastReceived: Timestamp | undefined;

  for (const state of states) lastReceived = laterTime(lastReceived, state.lastReceived);
  for (const { update, rank } of ranked(states)) {
    lastReceived = laterTime(lastReceived, update.stamp?.received);
    newest = later(newest, { update, rank, value: update.timestamp });
    if (update.userId) user = later(user, { update, rank, value: update.userId });
    if (update.flowId) flow = later(flow, { update, rank, value: update.flowId });
    for (const part of keyed) {
      const { set, removed, registers } = part;
      if (update[part.replaces]) part.floor = { update, rank, value: undefined };
      for (const entry of update[set]) hold(registers, entry.key, { update, rank, value: entry });
      for (const key of update[removed]) hold(registers, key, { update, rank, value: undefined });
    }
  }

  const remnants = createRemnants();
  if (newest) remnants.of(newest).timestamp = newest.value;
  if (user) remnants.of(user).userId = user.value;
  if (flow) remnants.of(flow).flowId = flow.value;
  const removals: (Removal & { rank: number })[] = [];
  for (const { set, removed, replaces, registers, floor } of keyed) {
    if (floor && !isForgotten(floor.update, limits)) remnants.of(floor)[replaces] = true;
    for (const key of inOrder([...registers.keys()])) {
      const held = registers.get(key) as Held<Entry | undefined>;
      if (floor && held.rank < floor.rank) continue;
      if (held.value) remnants.of(held)[set].push(held.value);
      else removals.push({ ...held, part: removed, key });
    }
  }
  for (const removal of keepRemovals(removals, limits))
    remnants.of(removal)[removal.part].push(removal.key);
  const updates = remnants.inStampOrder();
  const folded = emptyState();
  folded.format = formatFor(updates);
  folded.sessionId = sessionId;
  folded.updates = updates;
  folded.history = mergeHistory(states.map((state) => state.history));
  if (lastReceived) folded.lastReceived = lastReceived;
  return folded;
}

/** All updates, earliest stamp first. Those with equal stamps have the same rank. */
function ranked(states: readonly SessionState[]): { update: Update; rank: number }[] {
  const updates = states.flatMap((state) => state.updates);
  if (updates.length > 1) updates.sort((a, b) => compareStamps(a.stamp, b.stamp));
  let rank = 0;
  return updates.map((update, place) => {
    const before = updates[place - 1];
    if (before && compareStamps(before.stamp, update.stamp) !== 0) rank += 1;
    return { update, rank };
  });
}

/** Sorts keys, which mostly are in order: an update has them so, and the next one has the same. */
function inOrder(keys: string[]): string[] {
  const isSorted = keys.every((key, place) => place === 0 || (keys[place - 1] as string) < key);
  return isSorted ? keys : keys.sort();
}

/** `held` is not earlier than what was held before. */
function hold(registers: Registers, key: string, held: Held<Entry | undefined>): void {
  const known = registers.get(key);
  if (!known || wins(held, known, textOf)) registers.set(key, held);
}

/** `b` is not earlier than `a`. */
function later(a: Held<string> | undefined, b: Held<string>): Held<string> {
  return !a || wins(b, a, (value) => value) ? b : a;
}

/** Whether `b`, which is not earlier, replaces `a`. `text` decides between equal stamps; a removal
 * has none, and wins. */
function wins<T>(b: Held<T>, a: Held<T>, text: (value: T) => string | undefined): boolean {
  if (b.rank > a.rank) return true;
  const [textA, textB] = [text(a.value), text(b.value)];
  return textA !== undefined && (textB === undefined || textA < textB);
}

function textOf(entry: Entry | undefined): string | undefined {
  return entry?.json;
}

function laterTime(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  return compareTimestamps(a, b) < 0 ? b : a;
}

function isForgotten(update: Update, { forgetRemovalsBefore: before }: RemovalLimits): boolean {
  return before !== undefined && compareTimestamps(update.stamp?.received, before) < 0;
}

/** Collects what each update still wins. Updates with the same stamp are one, even from different
 * frames. */
function createRemnants() {
  const byRank: Update[] = [];
  return {
    of({ update: { stamp }, rank }: { update: Update; rank: number }): Update {
      const known = byRank[rank];
      if (known) return known;
      const remnant = emptyUpdate();
      if (stamp) remnant.stamp = stamp;
      byRank[rank] = remnant;
      return remnant;
    },
    /** Updates that win nothing are left out. */
    inStampOrder: () => Object.values(byRank),
  };
}
