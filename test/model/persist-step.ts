// Updates: new ones and repetitions, under the lock's token, another one or none, with every kind
// of etag as their precondition, received before or after an erase, some with a lost answer.

import type { Persisted } from '../../src/service/session-service.ts';
import { agree } from './agree.ts';
import type { StoredUpdate } from './merged-state.ts';
import type { ModelRequest, ModelSession } from './model-session.ts';
import { idOf, type ModelUpdate, postedFrom } from './model-update.ts';
import type { Judgement, Position } from './oracle.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** How an update is sent; what is not given is chosen. */
export type Sending = {
  answerLost?: boolean;
  lockToken?: string;
  ifMatch?: string;
  ageMs?: number;
  /** What the sidecar's own clock says. */
  micros?: number | undefined;
};

/** A new update. */
export async function update(session: ModelSession, sending: Sending = {}): Promise<void> {
  await persist(session, session.newUpdate(), sending);
}

/** Any update that was sent before, whatever became of it, one of the last ones as often as not. */
export async function retry(session: ModelSession, sending: Sending = {}): Promise<void> {
  const { random, sent, begun, oracle } = session;
  // The same bytes that began an earlier life must not begin this one with the same etag.
  const alike = oracle.exists() ? undefined : random.pick(begun);
  const repeated = alike?.update ?? random.pick(random.chance(0.5) ? sent.slice(-5) : sent);
  await persist(session, repeated ?? session.newUpdate(), { micros: alike?.micros, ...sending });
}

/** An update under the id of one that was sent before, as often as not the last one, that says
 * something else. */
export async function reuse(session: ModelSession): Promise<void> {
  const { random, sent } = session;
  const named = sent.filter(({ updateId }) => updateId !== '');
  if (named.length === 0) return update(session);
  const { updateId } = random.pick(random.chance(0.5) ? named.slice(-3) : named);
  await persist(session, { ...session.newUpdate(), updateId, inputId: '' }, {});
}

/** A new update that was received around the latest erase, and comes only now. */
export async function lateUpdate(session: ModelSession): Promise<void> {
  const { oracle, world, random } = session;
  const { tombstone } = oracle;
  if (!tombstone || tombstone.momentMs < session.notBeforeMs) return update(session);
  // Where time stands still, the last moment that is before the erase and the first that is not are
  // told apart.
  const earlierMs = world.receiptGrainMs + random.pick([1, 2, 3, random.below(5000)]);
  await update(session, { ageMs: (await world.nowMs()) - tombstone.momentMs + earlierMs });
}

/** Sends an update and holds what becomes of it against the oracle. */
export async function persist(
  session: ModelSession,
  sent: ModelUpdate,
  sending: Sending,
): Promise<Judgement> {
  const { world, oracle } = session;
  const nowMs = await world.nowMs();
  const {
    answerLost = false,
    lockToken = someToken(session, nowMs),
    ifMatch = someEtag(session),
  } = sending;
  const request = await session.request(sending);
  const id = idOf(sent);
  const { sidecar, receipt, momentMs } = request;
  const attempt = { id, update: sent, momentMs, lockToken, ifMatch };
  const { writeFormat } = sidecar;
  const expected = oracle.judge({ ...attempt, writeFormat }, nowMs);
  session.sent.push(sent);
  sidecar.loseAnswer = answerLost;
  const outcome = await outcomeOf(
    sidecar.service.persist({ ...postedFrom(sent), receipt, lockToken, ifMatch }),
  );

  if (expected === 'stored') {
    // After a lost answer the second attempt finds its own first one.
    const position = { revision: oracle.revision + 1, etag: '' };
    const stored = { ...accepted(position), known: answerLost, superseded: false };
    agree('a new update', { ...told(outcome), etag: '' }, stored);
    // Under a lock or an etag it was made from what its sender had seen.
    const seen = lockToken || (ifMatch && ifMatch !== 'none') ? oracle.state().latest() : undefined;
    const { micros } = request;
    noteStored(
      session,
      { update: sent, id, micros, seen },
      { request, etag: outcome.answer?.etag ?? '' },
    );
  } else {
    if (expected === 'dropped') oracle.rememberDropped(id);
    // Nothing was appended, and no answer was lost.
    if (expected === 'forbidden') sidecar.loseAnswer = false;
    agree(`an update that must be ${expected}`, told(outcome), answerTo(expected, session, id));
  }
  session.count(ifMatch ? `conditional update ${expected}` : `update ${expected}`);
  if (sent.replace.length > 0) session.count(`replacing update ${expected}`);
  await settle(session, request);
  return expected;
}

function noteStored(
  session: ModelSession,
  stored: StoredUpdate,
  { request, etag }: { request: ModelRequest; etag: string },
): void {
  const { oracle, book, ttlMs } = session;
  if (!oracle.exists()) session.begun.push(stored);
  const { ttlSeconds, ttlMode } = stored.update;
  const livesMs = ttlSeconds === undefined ? ttlMs : ttlSeconds * 1000;
  const life = { expiresAtMs: request.momentMs + livesMs, isExact: ttlMode === 'exact' };
  oracle.store(stored, { etag, ...life, book });
  session.noteEtag('a new update', etag);
}

/** An append may have made its sidecar compact. */
async function settle({ oracle, world }: ModelSession, { sidecar }: ModelRequest): Promise<void> {
  const live = [...oracle.live.keys()];
  await sidecar.service.compactor.idle();
  if (sidecar.takeSeen().compactions.includes('compacted'))
    oracle.fold(live, { readAtMs: await world.nowMs(), revision: oracle.revision });
}

/** What of an outcome the oracle can say beforehand. */
function told(outcome: Outcome<Persisted>) {
  if (outcome.answer) {
    const { status, revision, etag, known, superseded } = outcome.answer;
    return { status, revision, etag, known, superseded };
  }
  const { refused, facts } = outcome;
  if (refused === 'id_reused') return { refused, revision: facts.revision };
  return refused === 'conflict'
    ? { refused, etag: facts.etag, revision: facts.revision }
    : { refused };
}

function answerTo(judgement: Exclude<Judgement, 'stored'>, { oracle }: ModelSession, id: string) {
  switch (judgement) {
    case 'known': {
      const position = oracle.known(id) as Position;
      return { ...accepted(position), superseded: oracle.revision > position.revision };
    }
    case 'id_reused':
      return { refused: judgement, revision: oracle.known(id)?.revision };
    case 'dropped':
      return { status: 'dropped', revision: 0, etag: '', known: false, superseded: false };
    case 'conflict':
      return { refused: judgement, etag: oracle.etag, revision: oracle.revision };
    default:
      return { refused: judgement };
  }
}

function accepted({ revision, etag }: Position) {
  return { status: 'accepted', revision, etag, known: true };
}

/** While the lock is held mostly its token, else mostly none; now and then one of an earlier
 * lock. */
function someToken({ oracle, random, tokens }: ModelSession, nowMs: number): string {
  const earlier = tokens.length > 0 ? random.pick(tokens) : '';
  if (!oracle.lock.isHeld(nowMs)) return random.chance(0.03) ? earlier : '';
  return random.chance(0.7) ? oracle.lock.token : random.pick(['', '', earlier]);
}

/** Mostly no precondition; else the etag that the session has, one that it had, also in an
 * earlier life, one of another session, or that there is none. */
function someEtag({ oracle, random, etags, book }: ModelSession): string {
  if (random.chance(0.7)) return '';
  const older = etags.length > 0 ? random.pick(etags) : 'none';
  const current = oracle.etag || 'none';
  return random.pick([current, current, current, older, book.any(random) ?? 'none', 'none']);
}
