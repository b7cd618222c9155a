// The erase of a user: the user's session goes, nothing leads to the user any more, and what was
// received before and comes late brings nothing back, neither in that session nor in one that
// nobody has heard of yet.

import type { ErasedUser } from '../../src/service/session-service.ts';
import { agree } from './agree.ts';
import { noteErased, sweep } from './erase-steps.ts';
import type { ModelSession } from './model-session.ts';
import { postedFrom } from './model-update.ts';
import { persist } from './persist-step.ts';
import { usersOf } from './random-update.ts';

export async function eraseUser(session: ModelSession): Promise<void> {
  const { world, oracle, random, sessionId } = session;
  const userId = random.pick(usersOf(sessionId));
  if (session.isIndexUncertain) {
    await world.forgetNote(sessionId);
    const judged = await persist(session, { ...session.newUpdate(), userId }, {});
    if (judged === 'stored') session.isIndexUncertain = false;
  }
  await sweep(session);
  const nowMs = await world.nowMs();
  // Received now: what was begun since the receipt stays, and clocks may not tell whether the
  // session was.
  const request = await session.request({ ageMs: 0 });
  const isSurelyListed = oracle.mayBeOf(userId) && !session.isIndexUncertain;
  const isFound = await isListed(session, userId);
  if (isSurelyListed) agree("the user's index", isFound, true);
  const owns = oracle.mayBeOf(userId) && isFound;
  // One that has ended is erased if the index still leads to it, and told of if there was anything
  // left.
  const isErased = owns || (!oracle.exists() && isFound);
  const removable = oracle.removable(nowMs);
  const isTold = isErased && (removable.found || removable.frames > 0 || removable.quarantined > 0);
  const answer = await request.sidecar.service.eraseUser({ receipt: request.receipt, userId });
  agree(
    'what was erased of a user',
    removedFrom(answer, sessionId),
    isTold ? removable : undefined,
  );
  session.count(owns ? 'user erased with a session' : 'user erased without');
  if (isErased) await noteErased(session, '');

  await untraceable(session, userId);
  const earlierMs = world.receiptGrainMs + 3 + random.below(5000);
  // One that replaces is refused by a sidecar that may not write it.
  const named = () => ({ ...session.newUpdate(), userId, replace: [] });
  const late = async () => ({ ageMs: (await world.nowMs()) - request.momentMs + earlierMs });
  if (isErased) {
    agree('a late update', await persist(session, named(), await late()), 'dropped');
  }
  await lateElsewhere(session, named(), await late());
  await untraceable(session, userId);
  // Other late updates of the user would be dropped or not by what their sidecar remembers of the
  // index.
  session.notBeforeMs = await world.nowMs();
  // A copy from before would bring the user back, as a real failover would.
  session.copies = [];
}

/** Whether the user's index leads to the session. */
export async function isListed(
  { world, sessionId }: ModelSession,
  userId: string,
): Promise<boolean> {
  const entries = await world.store.userSessions(userId, { offset: 0, limit: 1000 });
  return entries.some((entry) => entry.sessionId === sessionId);
}

/** A late update of the user in a session of its own. */
async function lateElsewhere(
  session: ModelSession,
  update: ReturnType<ModelSession['newUpdate']>,
  late: { ageMs: number },
): Promise<void> {
  const sessionId = `${session.sessionId} beside ${session.sent.length} ${session.random.below(1e9)}`;
  const { sidecar, receipt } = await session.request(late);
  const posted = { ...postedFrom(update), sessionId };
  const { status } = await sidecar.service.persist({
    ...posted,
    receipt,
    lockToken: '',
    ifMatch: '',
  });
  agree('a late update elsewhere', status, 'dropped');
  const query = { receipt: (await session.request()).receipt, sessionId, userId: '', revision: 0 };
  agree('its session', await sidecar.service.restore(query), undefined);
}

/** Nothing is found by the user. */
async function untraceable(session: ModelSession, userId: string): Promise<void> {
  const { sidecar, receipt } = await session.request();
  const found = await sidecar.service.restore({ receipt, sessionId: '', userId, revision: 0 });
  agree('a session of the erased user', found, undefined);
}

function removedFrom({ sessions }: ErasedUser, sessionId: string) {
  const erased = sessions.find((session) => session.sessionId === sessionId);
  if (!erased) return undefined;
  const { found, frames, quarantined, locked } = erased;
  return { found, frames, quarantined, locked };
}
