// What a flow's definition says of an update, before it is stored.

import { Refusal } from '../../session/errors.ts';
import type { FlowDefinition, FlowViolation, PostedParts } from '../../session/flow/definition.ts';
import { OUT_OF_TIME } from '../../session/flow/violation.ts';
import type { ServiceObserver } from '../parts.ts';

/** The parts as they are to be stored; or the refusal (`schema_violation`) of the update with all
 * that is wrong with them, which counts when it is made. */
export type JudgedUpdate =
  | { parts: PostedParts; refuse?: undefined }
  | { parts?: undefined; refuse: (observer: ServiceObserver) => Refusal };

/** Judges what was posted; without a definition everything is accepted. */
export function judgeUpdate(
  definition: FlowDefinition | undefined,
  posted: PostedParts,
): JudgedUpdate {
  if (!definition) return { parts: posted };
  const { violations, ...parts } = definition.validate(posted);
  if (violations.length === 0) return { parts };
  const { flowId } = definition;
  return {
    refuse(observer) {
      for (const { keyword, message } of violations) {
        observer.flowViolated({ flowId, keyword });
        if (keyword === OUT_OF_TIME) observer.judgingCutOff({ flowId, message });
      }
      return schemaViolation(flowId, violations);
    },
  };
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
