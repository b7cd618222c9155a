// Why the history has a step: which updates sent it. A history is a set, so nothing in it loses
// except the notation of a timestamp: the same instant, written in another way, is the same step.

import type { HistoryStep } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { StateTarget } from '../../session/explaining/state-pointer.ts';
import { bySending, stepIdentity } from '../../session/history.ts';
import { HISTORY_MAX_STEPS } from '../../session/limits.ts';
import type { ReadSession } from '../reading/read-session.ts';
import { LOST_MAX, type ValueBounds } from './explain-key.ts';
import { describeClaims } from './explained-update.ts';
import type { ExplainedUpdate, ExplainedValue, LostUpdate } from './explanation.ts';
import { visitReason, visitUnknownReason } from './reasons.ts';
import { type ShownValue, shownValue } from './shown-value.ts';
import { mergedUpToRevision, type Source, sourcesOf } from './sources.ts';

/** An occurrence of a step. */
type Sent = { step: HistoryStep; source: Source };

export function explainVisit(
  target: Extract<StateTarget, { part: 'history' }>,
  session: ReadSession,
  bounds: ValueBounds,
): ExplainedValue {
  const merged = mergedUpToRevision(session);
  const step = stepIn(session.state.history, target);
  const none = { value: undefined, decidedBy: undefined, lost: [], moreLost: 0 };
  if (!step) return { ...none, reason: visitUnknownReason(merged, HISTORY_MAX_STEPS) };
  const identity = stepIdentity(step);
  const sent = sourcesOf(session)
    .flatMap((source) => source.state.history.map((one): Sent => ({ step: one, source })))
    .filter((one) => stepIdentity(one.step) === identity)
    .sort((a, b) => bySending(a.step, b.step));
  const describe = (one: Sent): ExplainedUpdate | undefined => {
    const [update] = one.source.state.updates;
    if (one.source.isMerged || !update) return undefined;
    const described = describeClaims(session)({ update, action: 'set', source: one.source });
    return { ...described, value: shownStep(one.step, bounds.othersMaxBytes) };
  };
  const [first, ...others] = sent;
  const otherNotations = others.filter((one) => one.step.timestamp !== step.timestamp);
  const lost = otherNotations.flatMap((one): LostUpdate[] => {
    const update = describe(one);
    if (!update || !first) return [];
    const isLater = one.step.receivedAfterMs !== first.step.receivedAfterMs;
    const decidedBy = isLater ? 'received' : 'content';
    const how = isLater ? 'received later' : 'which is greater as text';
    const reason = `The same visit in another notation, ${how}.`;
    return [{ update, decidedBy, lostAgainst: 'set', reason }];
  });
  const decidedBy = first && describe(first);
  return {
    value: shownStep(step, bounds.inEffectMaxBytes),
    reason: visitReason(decidedBy, { others: others.length, merged }),
    decidedBy,
    lost: lost.slice(0, LOST_MAX),
    moreLost: Math.max(0, lost.length - LOST_MAX),
  };
}

/** The step that is meant: of that instant, or the latest of the node. */
function stepIn(
  history: readonly HistoryStep[],
  { nodeId, timestamp }: Extract<StateTarget, { part: 'history' }>,
): HistoryStep | undefined {
  if (timestamp === undefined) return history.findLast((step) => step.nodeId === nodeId);
  const identity = stepIdentity({ nodeId, timestamp });
  return history.findLast((step) => stepIdentity(step) === identity);
}

function shownStep({ nodeId, timestamp }: HistoryStep, maxBytes: number): ShownValue {
  return shownValue(JSON.stringify({ nodeId, timestamp }), maxBytes);
}
