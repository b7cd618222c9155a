// Why a value is what it is, in sentences. They name updates, times and orders, and no values.

import type { Stamp } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { ClaimAction } from '../../session/explaining/contest.ts';
import type { ExplainedUpdate, LostUpdate } from './explanation.ts';

type Update = Omit<ExplainedUpdate, 'value'>;
type Time = Stamp['event'];

/** Why an update lost against the one that is in effect. */
export function lostReason(
  loser: Update,
  winner: Update,
  decidedBy: LostUpdate['decidedBy'],
): string {
  const did = capital(`${nameOf(loser)} ${DID[loser.action]}, but ${nameOf(winner)}`);
  const [a, b] = [loser.stamp, winner.stamp];
  return `${did} ${DID[winner.action]} ${laterBy(decidedBy, a, b)}.`;
}

/** Why an update that is not stored yet will be dropped. */
export function erasedReason(
  update: Update,
  { erased, erasedAtMs }: { erased: 'session' | 'user'; erasedAtMs: number },
): string {
  const what = erased === 'session' ? 'the session' : 'the user of the session';
  const at = new Date(erasedAtMs).toISOString();
  return capital(
    `${nameOf(update)} ${DID[update.action]}, but ${what} was erased at ${at}, after it was ` +
      'received: it will be dropped.',
  );
}

/** Why a value is what it is: which update decides, and of how many. */
export function winnerReason(winner: Update, lost: number, merged: number): string {
  const { flowId } = winner;
  const by = flowId === '' ? '' : ` by flow ${flowId}`;
  const others = lost === 0 ? '' : ` Its stamp is the latest of the ${lost + 1} that name it.`;
  const event = `with an event at ${secondText(winner.stamp?.event)}`;
  const sentence = `${capital(nameOf(winner))}${by} ${DID[winner.action]}, ${event}.${others}`;
  return `${sentence}${mergedNote(winner, merged)}`;
}

/** Why there is no value that an update decides. */
export function nothingReason(merged: number): string {
  return `No update that is known sets or removes it.${merged > 0 ? mergedSentence(merged) : ''}`;
}

/** Why the history has a step. `others`: how many occurrences of it are known in addition. */
export function visitReason(
  first: Update | undefined,
  { others, merged }: { others: number; merged: number },
): string {
  if (!first) {
    return (
      `The step was merged before revision ${merged + 1}; ` +
      'the snapshot keeps the step, not which update sent it.'
    );
  }
  const again = others === 0 ? '' : ` It is known from ${others} more; a step is kept once.`;
  return `${capital(nameOf(first))} sent the step first.${again}`;
}

/** Why the history does not have a step. */
export function visitUnknownReason(merged: number, kept: number): string {
  const before = merged > 0 ? ` Updates before revision ${merged + 1} are merged.` : '';
  return `No update that is known sent such a step; the latest ${kept} steps are kept.${before}`;
}

function mergedNote({ isMerged }: Update, merged: number): string {
  if (merged === 0) return '';
  if (!isMerged) return mergedSentence(merged);
  return (
    ` It was merged before revision ${merged + 1}; ` +
    'the snapshot keeps only the stamp and the value, not what lost against it.'
  );
}

function mergedSentence(merged: number): string {
  return (
    ` Updates before revision ${merged + 1} are merged; ` +
    'what lost among them is not known any more.'
  );
}

const DID: Record<ClaimAction, string> = {
  set: 'set it',
  removed: 'removed it',
  replaced: 'replaced the whole part without it',
};

/** An update as a sentence names it. */
function nameOf({ isImported, isSpooled, revision, stamp }: Update): string {
  if (isImported) return 'what a former service left';
  const id = stamp?.updateId ?? '';
  if (isSpooled) return `update ${id}, which is not stored yet,`;
  return revision > 0 ? `update ${id} (revision ${revision})` : `update ${id}`;
}

/** How the stamp of the winner, `b`, is later than that of the loser. */
function laterBy(
  decidedBy: LostUpdate['decidedBy'],
  a: Stamp | undefined,
  b: Stamp | undefined,
): string {
  switch (decidedBy) {
    case 'event_second':
      return `with a later event: ${secondText(b?.event)}, not ${secondText(a?.event)}`;
    case 'sequence':
      return (
        `with a higher sequence (execution) in the same second of events: ` +
        `${b?.sequence}, not ${a?.sequence}`
      );
    case 'event_fraction':
      return (
        'with a later event in the same second, and the same sequence: ' +
        `${timeText(b?.event)}, not ${timeText(a?.event)}`
      );
    case 'received':
      return (
        'with the same event time and sequence, and was received later: ' +
        `${timeText(b?.received)}, not ${timeText(a?.received)}`
      );
    case 'update_id':
      return 'with the same times and sequence; the update ids decide, in the order of text';
    default:
      return 'with an equal stamp; then a removal wins, and then the greater text';
  }
}

/** RFC 3339, to the second. */
function secondText(time: Time): string {
  if (!time) return 'an unknown time';
  return `${new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339, as exact as it is stored. */
function timeText(time: Time): string {
  const fraction = String(time?.nanos ?? 0)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? secondText(time) : secondText(time).replace('Z', `.${fraction}Z`);
}

function capital(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
