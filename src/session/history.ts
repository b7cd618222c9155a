// The history of a dialog is a set of steps, identified by instant and node: the same instant in
// another notation is the same step. Of several notations the one that was received first is shown;
// of those received at the same time, the first in text order. A step's notation, the time of its
// first receipt and its position are each the minimum or maximum of what was seen, so sets can be
// united in any order and grouping.
//
// The history is capped: the newest steps stay, by an order that depends only on instant and node,
// so capping early or late keeps the same steps.

import { type HistoryStep, HistoryStepSchema } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { HISTORY_MAX_STEPS } from './limits.ts';
import { StoredStep } from './stored-step.ts';
import { type Instant, parseTimestamp, utcMsIn } from './timestamp.ts';

/** More steps of one instant are compared by sorting them. */
const SAME_INSTANT_MAX = 16;

/** A step with its instant. A step whose timestamp cannot be read counts as the oldest, and is
 * identified by its text. */
type Placed = { step: HistoryStep; seconds: number; nanos: number; unread: string };

/** Unites histories: each step once, oldest first, at most HISTORY_MAX_STEPS. */
export function mergeHistory(histories: readonly HistoryStep[][]): HistoryStep[] {
  const all = histories.flat();
  if (isMerged(all)) return all.slice(-HISTORY_MAX_STEPS);
  const oldestFirst = distinct(all.map(placedFrom).sort(byAge));
  return oldestFirst.slice(-HISTORY_MAX_STEPS).sort(asVisited).map(stepOf);
}

/** Whether steps are found to be in the order in which they are shown, each once, from where they
 * are stored: so are those of a snapshot, and usually also those of the updates after it. */
function isMerged(steps: readonly HistoryStep[]): boolean {
  const cut = steps.length - HISTORY_MAX_STEPS;
  let lastMs = Number.NEGATIVE_INFINITY;
  let sameSince = 0;
  return steps.every((step, place) => {
    if (!(step instanceof StoredStep)) return false;
    const { start, end } = step.parts.timestamp;
    const unixMs = utcMsIn(step.source, start, end);
    if (unixMs === undefined || unixMs < lastMs) return false;
    if (unixMs > lastMs) sameSince = place;
    // Which steps of one instant are kept does not depend on the order in which they are shown.
    else if (place === cut || !comesLast(step, steps.slice(sameSince, place))) return false;
    lastMs = unixMs;
    return true;
  });
}

/** Whether a step is another one than those before it of the same instant, and is shown after
 * them. */
function comesLast(step: HistoryStep, before: readonly HistoryStep[]): boolean {
  if (before.length > SAME_INSTANT_MAX) return false;
  const { nodeId, position } = step;
  return before.every((other) => other.position < position && other.nodeId !== nodeId);
}

/**
 * The steps of one update received at `receivedMs` (unix), as posted; a step without a timestamp
 * takes the update's. They are sorted when they are read; only a list that is longer than a history
 * may be is already cut here.
 */
export function createHistory(
  posted: readonly { nodeId: string; timestamp: string }[],
  { updateTimestamp, receivedMs }: { updateTimestamp: string; receivedMs: number },
): HistoryStep[] {
  const steps = posted.map((step, position) => {
    const timestamp = step.timestamp || updateTimestamp;
    const instant = parseTimestamp(timestamp);
    const { nodeId } = step;
    const placed: HistoryStep = {
      $typeName: HistoryStepSchema.typeName,
      nodeId,
      timestamp,
      position,
    };
    if (instant) placed.receivedAfterMs = BigInt(receivedMs - instantMs(instant));
    return placed;
  });
  return steps.length > HISTORY_MAX_STEPS ? mergeHistory([steps]) : steps;
}

/** The same text for all notations of one step, and for no other step. */
export function stepIdentity(step: Pick<HistoryStep, 'nodeId' | 'timestamp'>): string {
  const { seconds, nanos, unread } = placeOf(step.timestamp);
  return JSON.stringify([seconds, nanos, step.nodeId, unread]);
}

/** Steps of which equal ones are next to each other, each once. */
function distinct(sorted: readonly Placed[]): Placed[] {
  const steps: Placed[] = [];
  for (const placed of sorted) {
    const last = steps.at(-1);
    if (last && byAge(last, placed) === 0)
      steps[steps.length - 1] = { ...placed, step: united(last.step, placed.step) };
    else steps.push(placed);
  }
  return steps;
}

function stepOf({ step }: Placed): HistoryStep {
  return step;
}

function placedFrom(step: HistoryStep): Placed {
  return { step, ...placeOf(step.timestamp) };
}

function placeOf(timestamp: string): Omit<Placed, 'step'> {
  const instant = parseTimestamp(timestamp);
  if (!instant) return { seconds: -1, nanos: 0, unread: timestamp };
  return { seconds: Number(instant.seconds), nanos: instant.nanos, unread: '' };
}

/** One step from two occurrences of it. */
function united(a: HistoryStep, b: HistoryStep): HistoryStep {
  const first = bySending(a, b) <= 0 ? a : b;
  const position = Math.max(a.position, b.position);
  if (first.position === position) return first;
  const { $typeName, nodeId, timestamp, receivedAfterMs } = first;
  const step: HistoryStep = { $typeName, nodeId, timestamp, position };
  if (receivedAfterMs !== undefined) step.receivedAfterMs = receivedAfterMs;
  return step;
}

/** The order in which occurrences of one step were sent. Those of versions that did not record it
 * come first. */
export function bySending(a: HistoryStep, b: HistoryStep): number {
  return (
    compare(a.receivedAfterMs !== undefined, b.receivedAfterMs !== undefined) ||
    compare(a.receivedAfterMs ?? 0n, b.receivedAfterMs ?? 0n) ||
    compare(a.timestamp, b.timestamp)
  );
}

/** The order in which steps are kept: a total order over the set's own keys. */
function byAge(a: Placed, b: Placed): number {
  return byInstant(a, b) || compare(a.step.nodeId, b.step.nodeId) || compare(a.unread, b.unread);
}

/** The order in which steps are shown: steps of one instant in the order in which they were
 * posted. */
function asVisited(a: Placed, b: Placed): number {
  return byInstant(a, b) || a.step.position - b.step.position || byAge(a, b);
}

function byInstant(a: Placed, b: Placed): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

function instantMs({ seconds, nanos }: Instant): number {
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}

function compare<T extends bigint | boolean | string>(a: T, b: T): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
