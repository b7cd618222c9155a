// One set of ends, swept by this process while it has the lease on it. A step takes or renews the
// lease, reads the ends that are due, asks each session's key what became of it, and removes those
// that have come; only then are they reported.
//
// So that each is reported once:
//
// * Removing succeeds only under the lease. A process that was frozen meanwhile reports nothing.
// * What was removed but not answered is removed again with the next step: if the lease is still this
//   process's, it was the one that removed it.
// * A failover may bring back ends that were removed. The lease stays where it is meanwhile, so the
//   same process finds them, and remembers what it has reported.
//
// The work of one step is bounded. Its cost does not depend on how many sessions there are.

import { randomBytes } from 'node:crypto';
import type { Ended } from '../../end-events.ts';
import type { LatestEntries } from '../../latest-entries.ts';
import { StoreUnavailable } from '../../store-unavailable.ts';
import type { RunScripts } from '../run-scripts.ts';
import type { Reply } from '../scripts/replies.ts';
import { loadScript } from '../scripts/script.ts';
import { type DueEnd, dueEndFrom } from './due-ends.ts';
import { type EndFound, endFound, fieldsOf } from './end-of.ts';

const ENDS_AT_ONCE = 100;
const READ_AT_ONCE = 10;
const TOKEN_BYTES = 12;
/** A session whose server's clock is behind that of the set's. */
const AGAIN_AT_LEAST_MS = 250;
/** When to look again at an end that only later versions know, and at one whose session's server does
 * not answer. */
const UNKNOWN_AGAIN_MS = 3_600_000;
const UNREACHABLE_AGAIN_MS = 2000;

/** What a step found. `nextInMs`: when the next end is due; 0 if more are now. */
export type SweepStep =
  | { status: 'held'; nextInMs: number }
  /** Another process has the lease, or there are no ends. */
  | { status: 'busy'; remainingMs: number }
  | { status: 'empty' };

export type SweptSet = {
  /** Throws StoreUnavailable if the store does not answer; then nothing is lost. */
  step(): Promise<SweepStep>;
  /** The name of its lease in the set: once that is removed, another process may take it. */
  leaseMember: string;
};

export type SweepParts = {
  run: Pick<RunScripts, 'write' | 'read'>;
  leaseMs: number;
  setKey: string;
  sessionKeyOf: (sessionId: string) => string;
  /** The names of the ends that were reported last. */
  reported: LatestEntries<true>;
  onEnded: (ended: Ended) => void;
  /** Notes the end of a session under another incarnation. */
  note: (end: DueEnd, inMs: number) => void;
};

/** What is to become of a member of the set: due again in so many ms, or removed. */
type Decision = DueMember & {
  againInMs?: number;
  /** To be reported once it is removed. */
  ended?: DueEnd;
};

type DueMember = { member: string; dueAtMs: number };

export function createSweptSet(parts: SweepParts): SweptSet {
  const { run, leaseMs, setKey, sessionKeyOf } = parts;
  const scripts = {
    sweep: loadScript('sweep_ends'),
    settle: loadScript('settle_ends'),
    fields: loadScript('read_fields'),
  };
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  /** Of the last step, if its answer was lost. */
  let unsettled: Decision[] = [];

  return { step, leaseMember: `lease ${token}` };

  async function step(): Promise<SweepStep> {
    if (unsettled.length > 0) await settle(unsettled, true);
    const [status, fact, ...due] = await run.write({
      ...{ operation: 'sweepEnds', script: scripts.sweep, key: setKey, limits: undefined },
      args: [token, String(leaseMs), String(ENDS_AT_ONCE)],
    });
    if (String(status) === 'empty') return { status: 'empty' };
    if (String(status) === 'busy') return { status: 'busy', remainingMs: Number(fact) };
    const members = membersFrom(due);
    if (members.length > 0) {
      const decisions: Decision[] = [];
      for (let first = 0; first < members.length; first += READ_AT_ONCE)
        decisions.push(
          ...(await Promise.all(members.slice(first, first + READ_AT_ONCE).map(decide))),
        );
      await settle(decisions, false);
    }
    if (members.length === ENDS_AT_ONCE) return { status: 'held', nextInMs: 0 };
    return { status: 'held', nextInMs: Number(fact) < 0 ? leaseMs : Number(fact) };
  }

  async function decide(due: DueMember): Promise<Decision> {
    const end = dueEndFrom(due.member);
    if (end === undefined) return { ...due, againInMs: UNKNOWN_AGAIN_MS };
    try {
      const { found, nowMs } = await find(end, due.dueAtMs);
      const inMs = 'atMs' in found ? Math.max(AGAIN_AT_LEAST_MS, found.atMs - nowMs) : 0;
      if (found.status === 'ended') return { ...due, ended: end };
      if (found.status === 'later') return { ...due, againInMs: inMs };
      if (found.status === 'renamed') parts.note({ ...end, detail: found.incarnation }, inMs);
      return due;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { ...due, againInMs: UNREACHABLE_AGAIN_MS };
    }
  }

  async function find(end: DueEnd, dueAtMs: number): Promise<{ found: EndFound; nowMs: number }> {
    const names = fieldsOf(end);
    const { nowMs, facts } = await run.read({
      ...{ operation: 'readEnd', script: scripts.fields, args: names, isUngated: true },
      key: sessionKeyOf(end.sessionId),
    });
    const values = facts[0] as unknown as (Buffer | null)[];
    const fields = names.flatMap((name, place): [string, Buffer][] => {
      const value = values[place];
      return value ? [[name, value]] : [];
    });
    return { found: endFound({ ...end, dueAtMs }, nowMs, new Map(fields)), nowMs };
  }

  /** `isAgain`: an earlier attempt may have removed them. */
  async function settle(decisions: Decision[], isAgain: boolean): Promise<void> {
    unsettled = decisions;
    const [status, ...there] = await run.write({
      ...{ operation: 'settleEnds', script: scripts.settle, key: setKey, limits: undefined },
      args: [
        token,
        ...decisions.flatMap(({ member, againInMs }) => [
          member,
          againInMs === undefined ? '' : String(Math.ceil(againInMs)),
        ]),
      ],
    });
    unsettled = [];
    if (String(status) !== 'settled') return;
    decisions.forEach(({ member, dueAtMs, ended }, place) => {
      const isRemoved = isAgain || there[place] === 1;
      if (!ended || !isRemoved) return;
      // A session has one end in each of its lives, and a life has a name of its own.
      const name = ended.kind === 'session' ? member : `${member} ${dueAtMs}`;
      const { kind, sessionId } = ended;
      if (parts.reported.get(name)) return;
      parts.reported.set(name, true);
      parts.onEnded({ kind, sessionId });
    });
  }
}

/** Names and scores in turn. */
function membersFrom(due: Reply): DueMember[] {
  const members: DueMember[] = [];
  for (let place = 0; place + 1 < due.length; place += 2)
    members.push({ member: String(due[place]), dueAtMs: Number(due[place + 1]) });
  return members;
}
