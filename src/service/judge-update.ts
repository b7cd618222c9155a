// What a flow's definition says of an update, before it is stored.

import { Refusal } from '../session/errors.ts';
import type { FlowDefinition, FlowViolation, PostedParts } from '../session/flow-definition.ts';
import { OUT_OF_TIME } from '../session/flow-violation.ts';
import type { ServiceObserver } from './service-parts.ts';

/**
 * Judges what was posted; without a definition everything is accepted. Gives the parts as they are to be
 * stored, or refuses (`schema_violation`) with all that is wrong with them.
 */
export function judgeUpdate(
  definition: FlowDefinition | undefined,
  posted: PostedParts,
  observer: ServiceObserver,
): PostedParts {
  if (!definition) return posted;
  const { violations, ...coerced } = definition.judge(posted);
  const { flowId } = definition;
  for (const { keyword, message } of violations) {
    observer.flowViolated({ flowId, keyword });
    if (keyword === OUT_OF_TIME) observer.judgingCutOff({ flowId, message });
  }
  if (violations.length > 0) throw schemaViolation(flowId, violations);
  return coerced;
}

function schemaViolation(flowId: string, found: readonly FlowViolation[]): Refusal {
  const violations = found.map(({ pointer, message }) => ({ pointer, message }));
  const [first] = violations;
  return new Refusal(
    'schema_violation',
    `the flow definition "${flowId}" does not allow the update: ${first?.pointer}: ${first?.message}` +
      (violations.length > 1 ? `, and ${violations.length - 1} more` : ''),
    { violations },
  );
}
