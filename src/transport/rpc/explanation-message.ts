// An explanation as a message.

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DecidingPart,
  type ExplainedUpdateSchema,
  type ExplainResponseSchema,
  LostAgainst,
  type LostUpdateSchema,
  UpdateAction,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { ExplainedUpdate, LostUpdate } from '../../service/explaining/explanation.ts';
import type { Explanation } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';
import { OUTCOMES } from './session-message.ts';
import { shownValueMessage } from './shown-value-message.ts';

export function explanationMessage({
  value,
  decidedBy,
  lost,
  outcome,
  ...explanation
}: Explanation): MessageInitShape<typeof ExplainResponseSchema> {
  return {
    ...explanation,
    ...(value && { value: shownValueMessage(value) }),
    ...(decidedBy && { decidedBy: updateMessage(decidedBy) }),
    lost: lost.map(lostMessage),
    outcome: OUTCOMES[outcome],
  };
}

/** How many characters the values in an explanation have. */
export function explanationCharacters({ value, decidedBy, lost }: Explanation): number {
  const values = [value, decidedBy?.value, ...lost.map(({ update }) => update.value)];
  return values.reduce((sum, shown) => sum + (shown?.json?.length ?? 0), 0);
}

function updateMessage({
  stamp,
  value,
  action,
  ...update
}: ExplainedUpdate): MessageInitShape<typeof ExplainedUpdateSchema> {
  return {
    ...update,
    ...(stamp && { stamp }),
    ...(value && { value: shownValueMessage(value) }),
    action: memberOf(UpdateAction, action),
  };
}

function lostMessage({
  update,
  decidedBy,
  lostAgainst,
  reason,
}: LostUpdate): MessageInitShape<typeof LostUpdateSchema> {
  return {
    update: updateMessage(update),
    decidedBy:
      decidedBy === undefined ? DecidingPart.UNSPECIFIED : memberOf(DecidingPart, decidedBy),
    lostAgainst: memberOf(LostAgainst, lostAgainst),
    reason,
  };
}
