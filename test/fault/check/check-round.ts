// What is stored in the end, compared with what the writers of a round were answered.

import { createRandom } from '../../model/random.ts';
import { claimsIn, marksIn } from '../load/claims.ts';
import { createPickDoors, type PickDoors } from '../load/doors.ts';
import { type Ledger, type SentUpdate, updatesOf } from '../load/ledger.ts';
import type { LoadedSession } from '../load/load.ts';
import { until } from '../world/until.ts';
import type { World } from '../world/world.ts';
import { durabilityOfErase, expectationOf, isOnReplicas } from './expectation.ts';
import { heldTwice } from './held-twice.ts';

/** So many merged updates a session recognises. */
const REMEMBERED = 64;

/** Everything that must not be, each in words that begin with the id of the session. */
export type Findings = {
  /** Acknowledged, and not there. */
  lost: string[];
  /** Reported to be on the replicas, and not there: an update, or an erase of what is back. */
  falselyReplicated: string[];
  /** Stored more than once: the session counts more updates than it has marks. */
  duplicated: string[];
  /** Erased, and there. */
  returned: string[];
  /** There after all sessions of their user were erased: not in the index of the user. */
  missed: string[];
  /** Refused for certain or dropped, and there. */
  applied: string[];
  /** A lock that two callers held at one time. */
  heldTwice: string[];
  /** An update that was written while another caller held the lock. */
  withoutLock: string[];
  /** A number that two updates counted up to, or that none did. */
  miscounted: string[];
  /** A value that an earlier one replaced. */
  overtaken: string[];
  /** A durability that was reported, and was not one that this configuration has. */
  durability: string[];
  /** Answers that contradict earlier ones. */
  contradictions: string[];
  /** Restores that lacked what was acknowledged. */
  staleReads: string[];
};

export type CheckedRound = { ledger: Ledger; sessions: readonly LoadedSession[] };

/** Reads every session through every sidecar, and compares. */
export async function checkRound(
  world: World,
  { ledger, sessions }: CheckedRound,
  durabilities: readonly string[],
): Promise<Findings> {
  const findings: Findings = {
    ...{
      lost: [],
      falselyReplicated: [],
      duplicated: [],
      returned: [],
      missed: [],
      applied: [],
      miscounted: [],
      overtaken: [],
    },
    heldTwice: heldTwice(ledger.held),
    withoutLock: ledger.withoutLock,
    durability: wrongDurabilities(ledger, durabilities),
    contradictions: ledger.contradictions,
    staleReads: ledger.staleReads,
  };
  const pick = createPickDoors(world.sidecars);
  await Promise.all(sessions.map((session) => checkSession(session, { ledger, pick, findings })));
  return findings;
}

async function checkSession(
  { sessionId, kind }: LoadedSession,
  { ledger, pick, findings }: { ledger: Ledger; pick: PickDoors; findings: Findings },
): Promise<void> {
  const random = createRandom(1);
  const restored = await until(`${sessionId} to be restored`, async () => {
    const { webhook } = await pick(random);
    const answer = await webhook.restore(sessionId);
    return answer.is === 'done' ? { session: answer.value } : undefined;
  });
  const { session } = restored;
  const present = marksIn(session);
  const updates = updatesOf(ledger, sessionId);
  const erases = ledger.erases.filter(({ sessionIds }) => sessionIds.includes(sessionId));
  for (const update of updates) {
    const expected = expectationOf(update, erases);
    const isThere = present.delete(update.mark);
    const said = saidOf(update);
    const isLost = expected === 'there' && !isThere;
    const isBack = expected === 'erased' && isThere;
    if (isLost) findings.lost.push(said);
    // The index of the user did not lead there.
    const isMissed = isBack && kind === 'erased with its user';
    if (isMissed) findings.missed.push(said);
    else if (isBack) findings.returned.push(said);
    const durability = isBack ? durabilityOfErase(update, erases) : update.acknowledged?.durability;
    if ((isLost || (isBack && !isMissed)) && isOnReplicas(durability ?? ''))
      findings.falselyReplicated.push(said);
    if (expected === 'never stored' && isThere) findings.applied.push(said);
  }
  for (const alien of present.keys()) findings.applied.push(`${sessionId} ${alien}, never sent`);
  const marks = marksIn(session);
  const surplus = (session?.revision ?? 0) - marks.size;
  if (surplus < 0 || (surplus > 0 && !mayForget(updates)))
    findings.duplicated.push(
      `${sessionId} counts ${session?.revision} updates and has ${marks.size}`,
    );
  if (session && session.outcome !== 'intact')
    findings.contradictions.push(`${sessionId} is ${session.outcome} in the end`);
  if (kind === 'locked' || kind === 'conditional') {
    const claims = claimsIn(session).sort((one, other) => one - other);
    if (claims.some((claim, place) => claim !== place + 1))
      findings.miscounted.push(`${sessionId} was counted up to ${claims.join(' ')}`);
    const { count = 0 } = session?.variables ?? {};
    if (count !== (claims.at(-1) ?? 0))
      findings.overtaken.push(`${sessionId} has the count ${count}, after ${claims.at(-1)}`);
  }
}

/** Whether a spooled update may be replayed after its session has merged so many later ones that it
 * is not recognised, so that it counts twice. */
function mayForget(updates: readonly SentUpdate[]): boolean {
  const first = updates.findIndex(({ acknowledged }) => acknowledged?.durability === 'spooled');
  return first >= 0 && updates.length - first > REMEMBERED;
}

function saidOf({ sessionId, mark, settledAs, acknowledged, reason }: SentUpdate): string {
  const details = [settledAs, acknowledged?.durability, reason].filter((each) => each);
  return `${sessionId} ${mark} (${details.join(', ')})`;
}

function wrongDurabilities({ updates }: Ledger, allowed: readonly string[]): string[] {
  return updates.flatMap(({ sessionId, mark, claim, acknowledged }) => {
    if (acknowledged === undefined) return [];
    const { durability } = acknowledged;
    // What has a condition cannot be decided by a spool.
    const isRight = allowed.includes(durability) && !(claim && durability === 'spooled');
    return isRight ? [] : [`${sessionId} ${mark} was reported as ${durability || 'nothing'}`];
  });
}
