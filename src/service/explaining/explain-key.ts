// Why a key of variables or context, the user or the flow is what it is.

import { type Claim, contestFor } from '../../session/explaining/contest.ts';
import { pointerTo, type StateTarget } from '../../session/explaining/state-pointer.ts';
import { jsonAt } from '../../session/explaining/value-at.ts';
import type { ErasedUpdate, ReadSession } from '../reading/read-session.ts';
import type { RestoredSession } from '../session-service.ts';
import { describeClaims } from './explained-update.ts';
import type { ExplainedUpdate, ExplainedValue, LostUpdate } from './explanation.ts';
import { erasedReason, lostReason, nothingReason, winnerReason } from './reasons.ts';
import { type ShownValue, shownValue } from './shown-value.ts';
import { mergedUpToRevision, type Source, sourcesOf, spooledSource } from './sources.ts';

/** Lost updates that are listed at most. */
export const LOST_MAX = 100;

/** Bytes of the values of all updates together; what exceeds them is not shown. */
const SHOWN_MAX_BYTES = 256 * 1024;

export type KeyTarget = Exclude<StateTarget, { part: 'history' }>;

/** How values are shown: the one in effect, and the others. */
export type ValueBounds = { inEffectMaxBytes: number; othersMaxBytes: number };

/** Explains a key of a session of which anything could be read. */
export function explainKey(
  target: KeyTarget,
  session: ReadSession,
  bounds: ValueBounds,
): ExplainedValue {
  const { winner, lost } = contestFor(target, sourcesOf(session));
  const describe = describeClaims(session);
  const shown = (claim: Claim<Source>, maxBytes: number): ShownValue | undefined =>
    shownValue(jsonOf(target, claim), maxBytes);
  let leftBytes = SHOWN_MAX_BYTES;
  const described = (claim: Claim<Source>): ExplainedUpdate => {
    const value = shown(claim, Math.min(bounds.othersMaxBytes, leftBytes));
    if (value?.json !== undefined) leftBytes -= value.sizeBytes;
    return { ...describe(claim), value };
  };
  const erased = erasedClaims(target, session);
  const decidedBy = winner && described(winner);
  const listed = [
    ...erased.slice(0, LOST_MAX).map((claim): LostUpdate => {
      const update = described(claim);
      const reason = erasedReason(update, claim.source);
      return { update, decidedBy: undefined, lostAgainst: 'erased', reason };
    }),
    ...lost.slice(0, LOST_MAX).flatMap((claim): LostUpdate[] => {
      if (!decidedBy) return [];
      const update = described(claim);
      const reason = lostReason(update, decidedBy, claim.decidedBy);
      return [{ update, decidedBy: claim.decidedBy, lostAgainst: decidedBy.action, reason }];
    }),
  ].slice(0, LOST_MAX);
  return {
    value: winner && shown(winner, bounds.inEffectMaxBytes),
    reason: reasonFor(target, { session, winner, lost: lost.length }),
    decidedBy,
    lost: listed,
    moreLost: erased.length + lost.length - listed.length,
  };
}

/** What updates say that wait in the spool of this process, and will be dropped. */
function erasedClaims(
  target: KeyTarget,
  { erasedSpooled = [] }: ReadSession,
): Claim<Source & ErasedUpdate>[] {
  const sources = erasedSpooled.map((update) => ({ ...update, ...spooledSource(update) }));
  const { winner, lost } = contestFor(target, sources);
  return winner ? [winner, ...lost] : [];
}

/** The JSON that an update has at the target; undefined if it has none there. */
function jsonOf(target: KeyTarget, { json }: Pick<Claim<Source>, 'json'>): string | undefined {
  if (json === undefined) return undefined;
  return 'path' in target ? jsonAt(json, target.path) : JSON.stringify(json);
}

function reasonFor(
  target: KeyTarget,
  {
    session,
    winner,
    lost,
  }: { session: ReadSession; winner: Claim<Source> | undefined; lost: number },
): string {
  const merged = mergedUpToRevision(session);
  const why = winner
    ? winnerReason(describeClaims(session)(winner), lost, merged)
    : nothingReason(merged);
  return [why, ...notesOn(target, session, winner)].join(' ');
}

function notesOn(
  target: KeyTarget,
  { outcome }: ReadSession,
  winner: Claim<Source> | undefined,
): string[] {
  const notes: string[] = [];
  if ('path' in target && target.path.length > 0) {
    const key = pointerTo([target.part, target.key]);
    notes.push(`Keys are merged as a whole, so this is what decides ${key}.`);
    if (winner?.json !== undefined && jsonOf(target, winner) === undefined)
      notes.push('Its value has nothing at this path.');
  }
  if (outcome === 'recovered')
    notes.push('A part of the session could not be read: an update in it may have won.');
  return notes;
}

/** What there is to say where nothing of a session could be read. */
export function explainFallback(
  target: StateTarget,
  fallback: RestoredSession,
  { inEffectMaxBytes }: ValueBounds,
): ExplainedValue {
  const json = fallbackJson(target, fallback);
  return {
    value: shownValue(json, inEffectMaxBytes),
    reason:
      'Nothing of the session could be read: what is answered is the fallback of its flow, which ' +
      'no update has set. Inspect shows which frames are damaged.',
    ...{ decidedBy: undefined, lost: [], moreLost: 0 },
  };
}

function fallbackJson(target: StateTarget, fallback: RestoredSession): string | undefined {
  switch (target.part) {
    case 'variables':
    case 'context': {
      const entry = fallback[target.part].find(({ key }) => key === target.key);
      return entry && jsonAt(entry.json, target.path);
    }
    case 'userId':
    case 'flowId': {
      const text = fallback[target.part];
      return text === '' ? undefined : JSON.stringify(text);
    }
    case 'history':
      return undefined;
  }
}
