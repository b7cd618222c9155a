// One update, sent again under its id until its outcome is certain.

import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Persisted } from './answers.ts';
import { type SentUpdate, updatesOf } from './ledger.ts';
import type { Load, LoadedSession } from './load.ts';
import type { UpdateBody } from './update-body.ts';

const ATTEMPTS_MAX = 12;
const PAUSE_MS = 150;
/** A session remembers the last 64 updates that were merged into a snapshot, so one that came
 * before so many others is not sent again. */
const LATER_UPDATES_MAX = 40;
const FILLER = 'as in a transcript, ';

export type UpdateToSend = {
  session: LoadedSession;
  part: SentUpdate['part'];
  identity: SentUpdate['identity'];
  claim?: number;
  condition?: { ifMatch: string } | { lockToken: string };
  /** After this it is not sent again, on the clock of `performance.now()`. */
  untilMs?: number;
};

/** Sends a new update, and notes what is known of it. */
export async function sendUpdate(load: Load, wanted: UpdateToSend): Promise<SentUpdate> {
  const { ledger } = load;
  const nowMs = performance.now();
  const update: SentUpdate = {
    sessionId: wanted.session.sessionId,
    mark: `m${ledger.updates.length}`,
    part: wanted.part,
    identity: wanted.identity,
    firstSentMs: nowMs,
    settledMs: Number.POSITIVE_INFINITY,
    ...(wanted.claim && { claim: wanted.claim }),
  };
  ledger.updates.push(update);
  const body = bodyOf(update, wanted);
  const isRepeatable = Object.keys(update.identity).length > 0;
  let isUnknown = false;
  for (let attempt = 1; ; attempt++) {
    const sentMs = performance.now();
    const answer = await attemptAt(load, body, { isFirst: attempt === 1 });
    update.settledMs = performance.now();
    ledger.count(nameOf(answer));
    if (answer.is === 'done') {
      settle(update, answer.value, sentMs);
      return update;
    }
    update.reason = answer.reason;
    // An earlier attempt may have been stored, and is then not refused by what came after.
    if (answer.is === 'refused') {
      update.settledAs = isUnknown ? 'unknown' : 'refused';
      return update;
    }
    isUnknown = true;
    const isForgotten =
      updatesOf(ledger, update.sessionId).length - placeOf(load, update) > LATER_UPDATES_MAX;
    const isLate = performance.now() > (wanted.untilMs ?? Number.POSITIVE_INFINITY);
    if (!isRepeatable || isForgotten || isLate || attempt === ATTEMPTS_MAX) {
      update.settledAs = 'unknown';
      return update;
    }
    await pause(PAUSE_MS * (0.5 + load.random.below(100) / 100));
  }
}

function placeOf({ ledger }: Load, update: SentUpdate): number {
  return updatesOf(ledger, update.sessionId).indexOf(update);
}

/** Sends an update once; a repetition goes anywhere. */
export async function attemptAt(
  { pick, random, home }: Load,
  body: UpdateBody,
  { isFirst }: { isFirst: boolean },
): Promise<Answer<Persisted>> {
  const doors = await pick(random, isFirst ? home : undefined);
  return (random.chance(0.5) ? doors.webhook : doors.grpc).persist(body);
}

function settle(update: SentUpdate, answer: Persisted, sentMs: number): void {
  const { status, durability, revision } = answer;
  update.settledAs = status === 'accepted' ? 'acknowledged' : 'dropped';
  if (status === 'accepted')
    update.acknowledged = { sentMs, atMs: update.settledMs, durability, revision };
}

/** The same for every attempt. */
export function bodyOf(
  { mark, part, claim, identity }: SentUpdate,
  { session, condition }: Pick<UpdateToSend, 'session' | 'condition'>,
): UpdateBody {
  const { sessionId, userId } = session;
  const body: UpdateBody = {
    sessionId,
    userId,
    variables: {},
    context: { filler: FILLER.repeat(1 + (Number(mark.slice(1)) % 10)) },
    ...identity,
    ...condition,
  };
  body[part][mark] = claim ?? 0;
  if (claim) body.variables.count = claim;
  return body;
}

function nameOf(answer: Answer<Persisted>): string {
  if (answer.is !== 'done') return `persist ${answer.is}: ${answer.reason}`;
  const { status, known, durability } = answer.value;
  return `persist ${status}${known ? ', known' : ''} ${durability}`.trim();
}
