// Judging what an update posts: each part by its own schema, and what is wrong with both told
// together.

import type { FlowViolation, JudgedParts, PostedParts } from './definition.ts';
import type { PartJudge } from './schema.ts';
import { type BrokenRule, VIOLATIONS_MAX } from './violation.ts';

/** The parts of a definition that have a schema. */
export type PartJudges = { variables?: PartJudge; context?: PartJudge };

/** What the parts break, and what becomes of them: where anything is broken, they stay as they
 * were posted. */
export function brokenIn(
  posted: PostedParts,
  judges: PartJudges,
): PostedParts & { broken: BrokenRule[] } {
  const variables = posted.variables && judges.variables?.(posted.variables);
  const context = posted.context && judges.context?.(posted.context);
  const broken = [...(variables?.broken ?? []), ...(context?.broken ?? [])];
  if (broken.length > 0) return { ...posted, broken };
  return {
    variables: variables?.entries ?? posted.variables,
    context: context?.entries ?? posted.context,
    broken,
  };
}

/** Judges an update by the definition of a flow. */
export function judgeParts(posted: PostedParts, judges: PartJudges, flowId: string): JudgedParts {
  const { variables, context, broken } = brokenIn(posted, judges);
  const violations = broken.slice(0, VIOLATIONS_MAX).map(
    ({ pointer, keyword, rule, remedy }): FlowViolation => ({
      pointer,
      keyword,
      message: `${remedy}: by the definition of flow ${JSON.stringify(flowId)} it ${rule}`,
    }),
  );
  return { variables, context, violations };
}
