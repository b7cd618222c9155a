// ExportUser: all that is kept of a user, one session at a time, so that memory does not grow with
// the number of sessions. What cannot be read is named at the end, never left out in silence.
//
// The user's index is read as a whole first, and again after the sessions in it: so a session that
// begins, or is updated, during the export is in it as well. What waits in this process's spool is
// part of the states.

import { setImmediate as yieldToLoop } from 'node:timers/promises';
import manifest from '../../../package.json' with { type: 'json' };
import { Refusal } from '../../session/errors.ts';
import { checkId } from '../../session/identifier.ts';
import type { IndexedSession } from '../../store/session-walks.ts';
import { maySee } from '../access/rights.ts';
import type { ServiceParts } from '../parts.ts';
import type { SessionReading } from '../reading/session-reading.ts';
import type { ExportQuery, Receipt, SessionService } from '../session-service.ts';
import { createTurns } from '../turns.ts';
import { exportedSession } from './exported-session.ts';
import type { ExportEnd, ExportHead, ExportProblem } from './user-export.ts';

const ENTRIES_AT_ONCE = 500;
/** Sessions of a user that are exported at most: their ids are held in memory. */
const SESSIONS_MAX = 100_000;
/** How often the index is read again for what has changed meanwhile. */
const PASSES_MAX = 3;
const PROBLEMS_MAX = 1000;
const READ_AT_ONCE = 4;
/** Exports under way; the next one is refused. Each reads one session at a time, so that none waits
 * for more turns than these. */
const EXPORTS_MAX = 24;

export function createExportUser(
  parts: ServiceParts,
  by: { reading: SessionReading; userErasures: { isErasing(userId: string): boolean } },
): SessionService['exportUser'] {
  const { reading, userErasures } = by;
  const { nowMonotonicMs } = parts.patience;
  const turns = createTurns({
    ...{ atOnce: READ_AT_ONCE, waitingMax: EXPORTS_MAX, what: 'sessions of exports' },
    nowMonotonicMs,
  });
  let underWay = 0;

  return function exportUser(query) {
    checkId(query.userId, { pointer: '/userId', required: true });
    return admitted(query);
  };

  async function* admitted(query: ExportQuery) {
    if (underWay >= EXPORTS_MAX) throw tooManyExports();
    underWay += 1;
    try {
      yield* partsOf(query);
    } finally {
      underWay -= 1;
    }
  }

  async function* partsOf(query: ExportQuery) {
    const { receipt, userId } = query;
    yield await headOf(query);
    const seen = new Set<string>();
    const problems = noProblems();
    const away = new Map<string, string>();
    let [sessions, spooledUpdates] = [0, 0];
    for (let pass = 0; pass < PASSES_MAX; pass++) {
      const found = await idsOf(query, { problems, isSeen: (id) => seen.has(id) });
      if (found.length === 0) break;
      for (const sessionId of found) {
        seen.add(sessionId);
        // A store in this process answers at once: others get their turn.
        await yieldToLoop();
        const exported = await read(sessionId, { receipt, userId, problems, away });
        if (exported === undefined) continue;
        sessions += 1;
        spooledUpdates += exported.inspection?.state.spooledUpdates ?? 0;
        yield exported;
      }
    }
    const { list, count } = problems;
    const isComplete = count === 0;
    const counts = { sessions, spooledUpdates, problems: list, problemCount: count };
    yield { kind: 'end', isComplete, ...counts } satisfies ExportEnd;
  }

  async function headOf({ receipt, userId }: ExportQuery): Promise<ExportHead> {
    const store = parts.store.within(now(receipt));
    const { entries, tombstone } = await store.inspectUser(userId);
    return {
      ...{ kind: 'head', serviceVersion: manifest.version, userId },
      exportedAtMs: Number(receipt.wallMicros / 1000n),
      ...{ indexEntries: entries, tombstone, isRedacted: false },
      isBeingErased: userErasures.isErasing(userId),
    };
  }

  /** The sessions of the user that were not seen before, by the spool and by the index. */
  async function idsOf(
    { receipt, userId }: ExportQuery,
    { problems, isSeen }: { problems: Problems; isSeen: (sessionId: string) => boolean },
  ): Promise<string[]> {
    const found = new Set<string>();
    const add = (sessionId: string) => {
      if (!isSeen(sessionId) && maySee(receipt.caller, sessionId)) found.add(sessionId);
    };
    for (const sessionId of reading.sessionsOf(userId)) add(sessionId);
    try {
      for (let after: IndexedSession | undefined; ; ) {
        const page = { offset: 0, limit: ENTRIES_AT_ONCE, after };
        const entries = await parts.store.within(now(receipt)).userSessions(userId, page);
        for (const { sessionId } of entries) add(sessionId);
        if (found.size > SESSIONS_MAX) {
          const message = `the user has more than ${SESSIONS_MAX} sessions, and not all are here`;
          problems.add({ sessionId: '', reason: 'too_large', message });
          break;
        }
        after = entries.at(-1);
        if (entries.length < ENTRIES_AT_ONCE) break;
      }
    } catch (error) {
      problems.add({ sessionId: '', ...unavailable(error) });
    }
    return [...found];
  }

  async function read(sessionId: string, { receipt, userId, problems, away }: Reading) {
    const shard = parts.store.once.shardOfSession(sessionId);
    const message = away.get(shard);
    if (message !== undefined) {
      problems.add({ sessionId, reason: 'unavailable', message });
      return undefined;
    }
    try {
      const load = () => reading.loadKey(parts.store.within(now(receipt)), sessionId, 0);
      const found = await turns.run(load);
      const { exported, damage } = exportedSession(found, { sessionId, userId, parts });
      if (damage) problems.add({ sessionId, reason: 'damaged', message: damage });
      return exported;
    } catch (error) {
      const problem = unavailable(error);
      problems.add({ sessionId, ...problem });
      away.set(shard, problem.message);
      return undefined;
    }
  }

  /** A request of its own for each session: an export may take longer than one. */
  function now(receipt: Receipt): Receipt {
    return { ...receipt, monotonicMs: nowMonotonicMs(), endsAtMonotonicMs: undefined };
  }
}

type Reading = {
  receipt: Receipt;
  userId: string;
  problems: Problems;
  /** Parts of the store that did not answer, and why: each is waited for once. */
  away: Map<string, string>;
};

type Problems = ReturnType<typeof noProblems>;

function noProblems() {
  const list: ExportProblem[] = [];
  return {
    list,
    count: 0,
    add(problem: ExportProblem): void {
      this.count += 1;
      if (list.length < PROBLEMS_MAX) list.push(problem);
    },
  };
}

function tooManyExports(): Refusal {
  const message = `${EXPORTS_MAX} exports are under way: try again in a second`;
  return new Refusal('overloaded', message, { facts: { retryAfterMs: 1000 } });
}

/** Why something could not be read, where the store did not answer; a bug throws. */
function unavailable(error: unknown): Omit<ExportProblem, 'sessionId'> {
  if (!(error instanceof Refusal)) throw error;
  return { reason: 'unavailable', message: error.message };
}
