// Validates what an update posts: each part by its own schema. The violations of both are reported
// together.

import type { FlowViolation, PostedParts, ValidatedParts } from './definition.ts';
import type { PartValidator } from './schema.ts';
import { type BrokenRule, VIOLATIONS_MAX } from './violation.ts';

/** The parts of a definition that have a schema. */
export type PartValidators = { variables?: PartValidator; context?: PartValidator };

/** The rules that the parts break, and the parts after coercion. Where any rule is broken, the
 * parts are returned as they were posted. */
export function brokenIn(
  posted: PostedParts,
  validators: PartValidators,
): PostedParts & { broken: BrokenRule[] } {
  const variables = posted.variables && validators.variables?.(posted.variables);
  const context = posted.context && validators.context?.(posted.context);
  const broken = [...(variables?.broken ?? []), ...(context?.broken ?? [])];
  if (broken.length > 0) return { ...posted, broken };
  return {
    variables: variables?.entries ?? posted.variables,
    context: context?.entries ?? posted.context,
    broken,
  };
}

/** Validates an update by the definition of a flow. */
export function validateParts(
  posted: PostedParts,
  validators: PartValidators,
  flowId: string,
): ValidatedParts {
  const { variables, context, broken } = brokenIn(posted, validators);
  const violations = broken.slice(0, VIOLATIONS_MAX).map(
    ({ pointer, keyword, rule, remedy }): FlowViolation => ({
      pointer,
      keyword,
      message: `${remedy}: by the definition of flow ${JSON.stringify(flowId)} it ${rule}`,
    }),
  );
  return { variables, context, violations };
}
