// The steps of a posted history. A step that cannot be used is left out and named in the answer.
// The rest of the update does not depend on it, so a bad step never makes the whole update fail.

import { invalid } from './errors.ts';
import { missingValueIn } from './identifier.ts';
import { ID_MAX_LENGTH, TIMESTAMP_MAX_LENGTH } from './limits.ts';
import { parseTimestamp } from './timestamp.ts';

/** A step. An empty timestamp means the update's timestamp. */
export type Step = { nodeId: string; timestamp: string };

/** A step as a caller sent it; `unusable` says why nothing can be read from it. */
export type PostedStep = (Step & { unusable?: undefined }) | { unusable: string };

/** A step that was left out: its place in the posted list, and why. */
export type IgnoredStep = { index: number; reason: string };

/** The steps that can be used, in their order, and those that cannot. Refuses (`invalid`) text
 * that is not well-formed Unicode. */
export function usableSteps(posted: readonly PostedStep[]): {
  steps: Step[];
  ignored: IgnoredStep[];
} {
  const steps: Step[] = [];
  const ignored: IgnoredStep[] = [];
  for (let index = 0; index < posted.length; index++) {
    const step = posted[index] as PostedStep;
    const reason = step.unusable ?? faultOf(step, index);
    if (reason === undefined) steps.push(step as Step);
    else ignored.push({ index, reason });
  }
  return { steps, ignored };
}

function faultOf({ nodeId, timestamp }: Step, index: number): string | undefined {
  if (!nodeId.isWellFormed() || !timestamp.isWellFormed()) {
    const message = 'a text of the step is not well-formed Unicode (unpaired surrogate)';
    throw invalid(`/history/${index}`, message);
  }
  if (nodeId === '') return 'nodeId is missing';
  const missing = missingValueIn(nodeId);
  if (missing !== undefined) return `nodeId was not resolved: ${missing}`;
  if (nodeId.length > ID_MAX_LENGTH && [...nodeId].length > ID_MAX_LENGTH) {
    return `nodeId has more than ${ID_MAX_LENGTH} characters`;
  }
  const isInstant =
    timestamp === '' ||
    (timestamp.length <= TIMESTAMP_MAX_LENGTH && parseTimestamp(timestamp) !== undefined);
  return isInstant
    ? undefined
    : 'timestamp is neither RFC 3339 nor unix seconds or milliseconds, from 1970 on';
}
