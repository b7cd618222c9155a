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

import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  type Entry,
  type SessionState,
  SessionStateSchema,
  type Update,
  UpdateSchema,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { formatFor } from './format.ts';
import { mergeHistory } from './history.ts';
import { keepRemovals, type Removal, type RemovalLimits } from './remembered-removals.ts';
import { compareStamps, compareTimestamps, stampText } from './stamp.ts';

/** A value and the update that set it. */
type Held<T> = { update: Update; value: T };
/** By key, the entry that was set; undefined for a removal. Entries are not copied: a session may
 * have tens of thousands. */
type Registers = Map<string, Held<Entry | undefined>>;
/** Variables or context: the fields of an update that concern it, its registers, and the latest
 * update that replaced the whole part. */
type Part = (typeof KEYED)[number] & { registers: Registers; floor?: Update };

const KEYED = [
  { set: 'variables', removed: 'removedVariables', replaces: 'replacesVariables' },
  { set: 'context', removed: 'removedContext', replaces: 'replacesContext' },
] as const;

/** Folds states of one session, deltas or snapshots, into one. The order does not matter. */
export function fold(
  sessionId: string,
  states: readonly SessionState[],
  limits: RemovalLimits = {},
): SessionState {
  const keyed = KEYED.map((fields): Part => ({ ...fields, registers: new Map() }));
  let newest: Held<string> | undefined;
  let user: Held<string> | undefined;
  let flow: Held<string> | undefined;
  let lastReceived: Timestamp | undefined;

  for (const state of states) {
    lastReceived = laterTime(lastReceived, state.lastReceived);
    for (const update of state.updates) {
      lastReceived = laterTime(lastReceived, update.stamp?.received);
      newest = later(newest, { update, value: update.timestamp });
      if (update.userId) user = later(user, { update, value: update.userId });
      if (update.flowId) flow = later(flow, { update, value: update.flowId });
      for (const part of keyed) {
        const { set, removed, registers } = part;
        if (update[part.replaces] && isFrom(update, part.floor)) part.floor = update;
        for (const entry of update[set]) hold(registers, entry.key, { update, value: entry });
        for (const key of update[removed]) hold(registers, key, { update, value: undefined });
      }
    }
  }

  const remnants = createRemnants();
  if (newest) remnants.of(newest.update).timestamp = newest.value;
  if (user) remnants.of(user.update).userId = user.value;
  if (flow) remnants.of(flow.update).flowId = flow.value;
  const removals: Removal[] = [];
  for (const { set, removed, replaces, registers, floor } of keyed) {
    if (floor && !isForgotten(floor, limits)) remnants.of(floor)[replaces] = true;
    for (const key of [...registers.keys()].sort()) {
      const { update, value: entry } = registers.get(key) as Held<Entry | undefined>;
      if (!isFrom(update, floor)) continue;
      if (entry) remnants.of(update)[set].push(entry);
      else removals.push({ update, part: removed, key });
    }
  }
  for (const { update, part, key } of keepRemovals(removals, limits))
    remnants.of(update)[part].push(key);
  const updates = remnants.inStampOrder();
  return create(SessionStateSchema, {
    format: formatFor(updates),
    sessionId,
    updates,
    history: mergeHistory(states.map((state) => state.history)),
    ...(lastReceived && { lastReceived }),
  });
}

function hold(registers: Registers, key: string, held: Held<Entry | undefined>): void {
  const known = registers.get(key);
  if (!known || isLater(held, known, textOf)) registers.set(key, held);
}

function later(a: Held<string> | undefined, b: Held<string>): Held<string> {
  return !a || isLater(b, a, (value) => value) ? b : a;
}

/** Whether `b` comes after `a`. `text` decides between equal stamps; a removal has none, and
 * wins. */
function isLater<T>(b: Held<T>, a: Held<T>, text: (value: T) => string | undefined): boolean {
  const order = compareStamps(a.update.stamp, b.update.stamp);
  if (order !== 0) return order < 0;
  const [textA, textB] = [text(a.value), text(b.value)];
  return textA !== undefined && (textB === undefined || textA < textB);
}

/** Whether an update is the floor, or comes after it. */
function isFrom(update: Update, floor: Update | undefined): boolean {
  return floor === undefined || compareStamps(update.stamp, floor.stamp) >= 0;
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
  const byUpdate = new Map<Update, Update>();
  const byStamp = new Map<string, Update>();
  return {
    of(update: Update): Update {
      const known = byUpdate.get(update);
      if (known) return known;
      const stamp = stampText(update.stamp);
      const remnant =
        byStamp.get(stamp) ??
        create(UpdateSchema, { ...(update.stamp && { stamp: update.stamp }) });
      byStamp.set(stamp, remnant);
      byUpdate.set(update, remnant);
      return remnant;
    },
    inStampOrder: () => [...byStamp.values()].sort((a, b) => compareStamps(a.stamp, b.stamp)),
  };
}
