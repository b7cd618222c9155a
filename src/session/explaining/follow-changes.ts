// What each update changes in a session, in the order in which they came: from which value to
// which. An update that comes late may change nothing, because updates with later stamps have set
// its keys; the registers of the fold decide that. Every key is looked at once for each update that
// names it, and no value is read: that is left to diff-values.ts, for the updates that are shown.

import type {
  Entry,
  HistoryStep,
  SessionState,
  Update,
} from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { stepIdentity } from '../history.ts';
import {
  addToPart,
  createParts,
  type Held,
  type HeldEntry,
  inEffect,
  isBelowFloor,
  later,
  type Part,
  type RankedUpdate,
  ranked,
} from '../registers.ts';

/** A key that an update names, or removes by replacing its part. Undefined: there is no value. */
export type KeyChange = {
  part: 'variables' | 'context';
  key: string;
  before: Entry | undefined;
  after: Entry | undefined;
  /** The update has no effect on the key; `posted` is what it set. */
  isOverruled: boolean;
  posted: Entry | undefined;
};

/** What an update changes. */
export type StateChange = {
  keys: KeyChange[];
  /** User and flow, where they change; undefined before the first one. */
  named: { part: 'userId' | 'flowId'; before: string | undefined; after: string }[];
  /** Steps that the history did not have. */
  steps: HistoryStep[];
};

/** Follows a session through all of its states. Each is to be given once, in the order in which
 * they came. */
export function followChanges(
  states: readonly SessionState[],
): (state: SessionState) => StateChange {
  const ranks = new Map(ranked(states).map(({ update, rank }) => [update, rank]));
  const parts = createParts();
  const named: Record<'userId' | 'flowId', Held<string> | undefined> = {
    userId: undefined,
    flowId: undefined,
  };
  const steps = new Set<string>();

  return ({ updates, history }) => {
    const change: StateChange = { keys: [], named: [], steps: [] };
    for (const update of updates) {
      const one = { update, rank: ranks.get(update) ?? 0 };
      for (const part of parts) change.keys.push(...changesIn(part, one));
      for (const part of ['userId', 'flowId'] as const) {
        const before = named[part];
        if (update[part] === '') continue;
        const after = later(before, { ...one, value: update[part] });
        named[part] = after;
        if (before?.value !== after.value)
          change.named.push({ part, before: before?.value, after: after.value });
      }
    }
    for (const step of history) {
      const identity = stepIdentity(step);
      if (!steps.has(identity)) change.steps.push(step);
      steps.add(identity);
    }
    return change;
  };
}

/** Adds an update to a part, and says what that changes. */
function changesIn(part: Part, one: RankedUpdate): KeyChange[] {
  const { update, rank } = one;
  const named = keysNamedIn(part, update);
  const keys = update[part.replaces] ? named.union(new Set(part.registers.keys())) : named;
  const before = new Map([...keys].map((key) => [key, inEffect(part, key)?.value]));
  addToPart(part, one);
  if (update[part.replaces]) forgetReplaced(part);
  const posted = new Map(update[part.set].map((entry) => [entry.key, entry]));
  for (const key of update[part.removed]) posted.delete(key);
  return [...keys].flatMap((key) => {
    const held = inEffect(part, key);
    const isOverruled = held?.rank !== rank;
    // Replacing a part leaves what was set later.
    if (isOverruled && !named.has(key)) return [];
    const values = { before: before.get(key), after: held?.value, posted: posted.get(key) };
    if (hasNoValue(values, held)) return [];
    return [{ part: part.set, key, ...values, isOverruled }];
  });
}

/** Forgets the keys that are replaced, whatever comes: otherwise each replacement would look at the
 * keys of all former ones. */
function forgetReplaced(part: Part): void {
  for (const [key, held] of part.registers)
    if (isBelowFloor(part, held)) part.registers.delete(key);
}

/** Whether a key was absent, is absent, and was not to be set. */
function hasNoValue(
  { before, posted }: Pick<KeyChange, 'before' | 'posted'>,
  after: HeldEntry | undefined,
): boolean {
  return before === undefined && after?.value === undefined && posted === undefined;
}

function keysNamedIn(part: Part, update: Update): Set<string> {
  return new Set([...update[part.set].map(({ key }) => key), ...update[part.removed]]);
}
