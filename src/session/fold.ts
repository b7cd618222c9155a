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
import { addToPart, createParts, type Held, isBelowFloor, later, ranked } from './registers.ts';
import { keepRemovals, type Removal, type RemovalLimits } from './remembered-removals.ts';
import { compareTimestamps } from './stamp.ts';

const KEEP_ALL: RemovalLimits = {};

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
  const parts = createParts();
  let newest: Held<string> | undefined;
  let user: Held<string> | undefined;
  let flow: Held<string> | undefined;
  let lastReceived: Timestamp | undefined;

  for (const state of states) lastReceived = laterTime(lastReceived, state.lastReceived);
  for (const ranking of ranked(states)) {
    const { update, rank } = ranking;
    lastReceived = laterTime(lastReceived, update.stamp?.received);
    newest = later(newest, { update, rank, value: update.timestamp });
    if (update.userId) user = later(user, { update, rank, value: update.userId });
    if (update.flowId) flow = later(flow, { update, rank, value: update.flowId });
    for (const part of parts) addToPart(part, ranking);
  }

  const remnants = createRemnants();
  if (newest) remnants.of(newest).timestamp = newest.value;
  if (user) remnants.of(user).userId = user.value;
  if (flow) remnants.of(flow).flowId = flow.value;
  const removals: (Removal & { rank: number })[] = [];
  for (const part of parts) {
    const { set, removed, replaces, registers, floor } = part;
    if (floor && !isForgotten(floor.update, limits)) remnants.of(floor)[replaces] = true;
    for (const key of inOrder([...registers.keys()])) {
      const held = registers.get(key) as Held<Entry | undefined>;
      if (isBelowFloor(part, held)) continue;
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

/** Sorts keys, which mostly are in order: an update has them so, and the next one has the same. */
function inOrder(keys: string[]): string[] {
  const isSorted = keys.every((key, place) => place === 0 || (keys[place - 1] as string) < key);
  return isSorted ? keys : keys.sort();
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
