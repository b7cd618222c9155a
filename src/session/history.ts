// The history of a dialog is a set of steps, told apart by timestamp (as sent) and node. A set unites in any
// order and grouping. It is capped: the newest steps stay, by an order that depends on nothing but the step
// itself, so that capping early or late keeps the same ones.

import { create } from '@bufbuild/protobuf';
import { type HistoryStep, HistoryStepSchema } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { HISTORY_MAX_STEPS } from './limits.ts';
import { parseTimestamp } from './timestamp.ts';

type Placed = { step: HistoryStep; instantMs: number };

/** Unites histories: each step once, oldest first, at most HISTORY_MAX_STEPS. */
export function mergeHistory(histories: readonly HistoryStep[][]): HistoryStep[] {
  const all = histories.flat();
  if (all.length === 0) return all;
  const steps = new Map<string, HistoryStep>();
  for (const step of all) {
    const key = JSON.stringify([step.timestamp, step.nodeId]);
    const known = steps.get(key);
    if (!known || known.position < step.position) steps.set(key, step);
  }
  const placed = [...steps.values()].map((step) => ({ step, instantMs: instantMsOf(step.timestamp) }));
  const kept = placed.length > HISTORY_MAX_STEPS ? placed.sort(byAge).slice(-HISTORY_MAX_STEPS) : placed;
  return kept.sort(asVisited).map(({ step }) => step);
}

/**
 * The steps of one update, as posted; a step without a timestamp takes the update's. They are put in order
 * where they are read; only a list longer than a history may be is cut already here.
 */
export function createHistory(
  posted: readonly { nodeId: string; timestamp: string }[],
  updateTimestamp: string,
): HistoryStep[] {
  const steps = posted.map(({ nodeId, timestamp }, position) =>
    create(HistoryStepSchema, { nodeId, timestamp: timestamp || updateTimestamp, position }),
  );
  return steps.length > HISTORY_MAX_STEPS ? mergeHistory([steps]) : steps;
}

/** The order in which steps are kept: a total order over the set's own keys. */
function byAge(a: Placed, b: Placed): number {
  return (
    a.instantMs - b.instantMs ||
    compareTexts(a.step.timestamp, b.step.timestamp) ||
    compareTexts(a.step.nodeId, b.step.nodeId)
  );
}

/** The order in which steps are shown: steps of one instant stand as they were posted. */
function asVisited(a: Placed, b: Placed): number {
  return a.instantMs - b.instantMs || a.step.position - b.step.position || byAge(a, b);
}

function instantMsOf(timestamp: string): number {
  const instant = parseTimestamp(timestamp);
  return instant ? Number(instant.seconds) * 1000 + instant.nanos / 1e6 : 0;
}

function compareTexts(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
