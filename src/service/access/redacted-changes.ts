// Timelines and explanations without the values of certain keys. What is inside such a value is not
// named either: a change there is shown as one of the value itself.

import { pointerTo, tokensOf } from '../../session/explaining/state-pointer.ts';
import type { ExplainedUpdate } from '../explaining/explanation.ts';
import type { ShownValue } from '../explaining/shown-value.ts';
import type { TimelineChange } from '../explaining/timeline-entry.ts';
import type { Explanation, Timeline } from '../session-service.ts';

/** How the values under certain keys are replaced. */
export type Redaction = {
  isRedacted(key: string): boolean;
  /** A value without what is under such keys. */
  redactedJson(json: string): string;
  /** In the place of a value, as JSON. */
  placeholder: string;
};

/** A pointer that ends where a value is not shown; `isHidden`: it does. */
export function visiblePointer(
  pointer: string,
  { isRedacted }: Redaction,
): { pointer: string; isHidden: boolean } {
  const tokens = tokensOf(pointer);
  // The first name is the part, which is no key.
  const place = tokens.findIndex((token, index) => index > 0 && isRedacted(token));
  if (place < 0 || !isKeyed(tokens)) return { pointer, isHidden: false };
  return { pointer: pointerTo(tokens.slice(0, place + 1)), isHidden: true };
}

/** A page of a timeline without these values. */
export function redactedTimeline(timeline: Timeline, redaction: Redaction): Timeline {
  const entries = timeline.entries.map((entry) => {
    const changes = distinct(entry.changes.map((change) => redactedChange(change, redaction)));
    return { ...entry, changes };
  });
  return { ...timeline, entries };
}

/** An explanation without these values. */
export function redactedExplanation(explanation: Explanation, redaction: Redaction): Explanation {
  const { isHidden } = visiblePointer(explanation.pointer, redaction);
  const shown = (value: ShownValue | undefined) => redactedValue(value, { isHidden, redaction });
  const redactedUpdate = (update: ExplainedUpdate) => ({ ...update, value: shown(update.value) });
  const { value, decidedBy, lost } = explanation;
  return {
    ...explanation,
    value: shown(value),
    decidedBy: decidedBy && redactedUpdate(decidedBy),
    lost: lost.map((one) => ({ ...one, update: redactedUpdate(one.update) })),
  };
}

function redactedChange(change: TimelineChange, redaction: Redaction): TimelineChange {
  const { pointer, isHidden } = visiblePointer(change.pointer, redaction);
  const shown = (value: ShownValue | undefined) => redactedValue(value, { isHidden, redaction });
  const { before, after, posted } = change;
  if (pointer === change.pointer)
    return { ...change, before: shown(before), after: shown(after), posted: shown(posted) };
  const hidden = shownText(redaction.placeholder);
  return { pointer, kind: 'changed', before: hidden, after: hidden, posted: undefined };
}

/** Several changes within one hidden value are one. */
function distinct(changes: readonly TimelineChange[]): TimelineChange[] {
  const seen = new Set<string>();
  return changes.filter(({ pointer }) => !seen.has(pointer) && seen.add(pointer));
}

function redactedValue(
  value: ShownValue | undefined,
  { isHidden, redaction }: { isHidden: boolean; redaction: Redaction },
): ShownValue | undefined {
  if (value === undefined) return undefined;
  if (isHidden) return shownText(redaction.placeholder);
  if (value.json === undefined) return value;
  const json = redaction.redactedJson(value.json);
  // The size of what is stored would give the length of what is hidden.
  return json === value.json
    ? value
    : { ...value, ...{ json, sizeBytes: Buffer.byteLength(json) } };
}

function shownText(json: string): ShownValue {
  return { json, type: 'string', sizeBytes: Buffer.byteLength(json) };
}

function isKeyed([part]: readonly string[]): boolean {
  return part === 'variables' || part === 'context';
}
