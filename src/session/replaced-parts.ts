// Which parts of a session an update may replace: "this is all there is". fold.ts says what that
// does to other updates.
//
// A history cannot be replaced. It is limited to its latest steps, and which of them are left would
// depend on the order in which a replacement and older steps arrive.

import type { Update } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { invalid } from './errors.ts';
import type { KeyValue } from './json/value.ts';

/** The parts that an update may replace. */
export const REPLACEABLE_PARTS = ['variables', 'context'] as const;

type ReplaceablePart = (typeof REPLACEABLE_PARTS)[number];

/** Refuses (`invalid`) a part that cannot be replaced, and one that the update does not send: an
 * expression of a flow that resolves to nothing drops its key, and would remove everything. */
export function checkReplacedParts(
  posted: { replace: readonly string[] } & Record<ReplaceablePart, KeyValue[] | undefined>,
): void {
  for (const [place, part] of posted.replace.entries()) {
    const pointer = `/replace/${place}`;
    if (!isReplaceable(part)) throw invalid(pointer, unknownPart(part));
    if (posted[part] === undefined) {
      const advice = `send what is to be there, or {} to remove all of it`;
      throw invalid(pointer, `replace names ${part}, and the update has no ${part}: ${advice}`);
    }
  }
}

/** The parts that any of these updates replaces. */
export function replacedParts(updates: readonly Update[]): string[] {
  const is = {
    variables: updates.some(({ replacesVariables }) => replacesVariables),
    context: updates.some(({ replacesContext }) => replacesContext),
  };
  return REPLACEABLE_PARTS.filter((part) => is[part]);
}

function isReplaceable(part: string): part is ReplaceablePart {
  return (REPLACEABLE_PARTS as readonly string[]).includes(part);
}

function unknownPart(part: string): string {
  if (part === 'history') return 'a history cannot be replaced: steps are only added';
  return 'replace takes "variables" and "context", and nothing else';
}
