// What an update changed, as a list of values within bounds.

import { differencesBetween } from '../../session/explaining/diff-values.ts';
import type { KeyChange, StateChange } from '../../session/explaining/follow-changes.ts';
import { pointerTo } from '../../session/explaining/state-pointer.ts';
import { shownValue } from './shown-value.ts';
import type { TimelineChange, TimelineEntry } from './timeline-entry.ts';

/** Changes of an entry at most, and bytes after which no other is listed. */
const CHANGES_MAX = 200;
const CHANGES_MAX_BYTES = 64 * 1024;
const STEPS_MAX = 100;

type Listed = Pick<
  TimelineEntry,
  'changes' | 'moreChanges' | 'unchangedKeys' | 'addedSteps' | 'moreAddedSteps'
>;

/** A change, its values in JSON. */
type Difference = {
  names: string[];
  kind: TimelineChange['kind'];
  before: string | undefined;
  after: string | undefined;
  posted: string | undefined;
};

/** No update: nothing is changed. */
export const NOTHING_CHANGED: StateChange = { keys: [], named: [], steps: [] };

/** Lists what an update changed; values larger than the bound are not shown. */
export function entryChanges({ keys, named, steps }: StateChange, valueMaxBytes: number): Listed {
  const byKey = keys.map(differencesIn);
  const differences = [
    ...named.map(({ part, before, after }): Difference => {
      const values = { before: before && JSON.stringify(before), after: JSON.stringify(after) };
      return { names: [part], kind: kindOf(values), ...values, posted: undefined };
    }),
    ...byKey.flat(),
  ];
  const changes = firstOf(differences, valueMaxBytes);
  return {
    changes,
    moreChanges: differences.length - changes.length,
    unchangedKeys: byKey.filter(({ length }) => length === 0).length,
    addedSteps: steps.slice(0, STEPS_MAX),
    moreAddedSteps: Math.max(0, steps.length - STEPS_MAX),
  };
}

/** As many as there is room for. */
function firstOf(differences: readonly Difference[], valueMaxBytes: number): TimelineChange[] {
  const changes: TimelineChange[] = [];
  let bytes = 0;
  for (const { names, kind, before, after, posted } of differences.slice(0, CHANGES_MAX)) {
    if (bytes > CHANGES_MAX_BYTES) break;
    const change = {
      ...{ pointer: pointerTo(names), kind, before: shownValue(before, valueMaxBytes) },
      ...{ after: shownValue(after, valueMaxBytes), posted: shownValue(posted, valueMaxBytes) },
    };
    bytes += bytesOfChange(change);
    changes.push(change);
  }
  return changes;
}

/** About as many bytes as a change takes in an answer. */
export function bytesOfChange({ pointer, before, after, posted }: TimelineChange): number {
  const texts = [pointer, before?.json, after?.json, posted?.json];
  return texts.reduce((sum, text = '') => sum + Buffer.byteLength(text), 50);
}

/** None if the update set the value that the key has. */
function differencesIn({ part, key, isOverruled, ...entries }: KeyChange): Difference[] {
  const [before, after] = [entries.before?.json, entries.after?.json];
  const posted = entries.posted?.json;
  if (isOverruled) {
    // Its text decides: what is in effect may be large, and many updates may have lost to it.
    if (posted === after) return [];
    return [{ names: [part, key], kind: 'overruled', before, after, posted }];
  }
  return differencesBetween(before, after).map(({ path, ...values }) => ({
    ...{ names: [part, key, ...path], kind: kindOf(values), ...values, posted: undefined },
  }));
}

function kindOf({ before, after }: Pick<Difference, 'before' | 'after'>): TimelineChange['kind'] {
  if (after === undefined) return 'removed';
  return before === undefined ? 'added' : 'changed';
}
