// ListSessions: live sessions without their contents, page by page. Each session is read as Inspect
// reads it, so a list says nothing else of it; but nothing is changed, counted or repaired.
//
// A page is bounded by what it costs, whatever it finds, and few pages are worked on at once: so a
// list of millions of sessions delays no save by more than the reading of a few sessions. Where the
// sessions of a page are found: walks.ts. What a page knows of the one before is in its token.

import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { invalid, Refusal } from '../../session/errors.ts';
import { checkId, checkResolvedId } from '../../session/identifier.ts';
import { type StoredKey, StoreUnavailable } from '../../store/session-store.ts';
import { maySee, prefixWithin } from '../access/rights.ts';
import type { ServiceParts } from '../parts.ts';
import type { ListQuery, SessionService } from '../session-service.ts';
import { createTurns } from '../turns.ts';
import { listedSession } from './listed-session.ts';
import type { ListedSession, ListFilters } from './listed-sessions.ts';
import { tokenOf, walkFrom } from './page-token.ts';
import { walkIndex, walkScan } from './walks.ts';

/** The most sessions that a page may have. */
export const PAGE_MAX = 200;

/** What one page may cost: sessions read, bytes of them, steps of a scan that find none, and the
 * part of the request's time after which it ends. */
const EXAMINED_MAX = 500;
const BYTES_MAX = 8 * 1024 * 1024;
const EMPTY_STEPS_MAX = 50;
const TIME_SHARE = 0.5;

const ANY: ListFilters = {
  ...{ userId: '', flowId: '', idPrefix: '', eventFromMs: undefined, eventUntilMs: undefined },
  ...{ outcomes: [], isLocked: undefined, isDamaged: undefined },
};

const READ_AT_ONCE = 4;
const PAGES_AT_ONCE = 2;
const PAGES_WAITING = 20;

export function createListing({
  store,
  patience,
  settings,
}: ServiceParts): Pick<SessionService, 'listSessions' | 'userSessions'> {
  const { nowMonotonicMs, requestDeadlineMs } = patience;
  const turns = createTurns({
    ...{ atOnce: PAGES_AT_ONCE, waitingMax: PAGES_WAITING, what: 'pages of lists' },
    nowMonotonicMs,
  });

  return {
    listSessions,
    async userSessions({ receipt, userId, page }) {
      checkResolvedId(userId, { pointer: '/userId', required: true });
      if (!settings.restoreByUser) throw byUserIsOff();
      const idPrefix = prefixWithin(receipt.caller, '');
      return listSessions({ receipt, filters: { ...ANY, userId, idPrefix }, page });
    },
  };

  async function listSessions(query: ListQuery) {
    check(query);
    const endsMs = query.receipt.monotonicMs + requestDeadlineMs * TIME_SHARE;
    return turns.run(() => pageOf(query, endsMs), endsMs);
  }

  async function pageOf(query: ListQuery, endsMs: number) {
    const { receipt, filters, page } = query;
    const { userId, idPrefix } = filters;
    const bound = boundOf(filters);
    const begin = walkFrom(page.token, bound);
    const unavailable = new Set<string>();
    const onSkipped = page.skipsUnavailable
      ? (shard: string) => void unavailable.add(shard || 'unknown')
      : undefined;
    const reading = onSkipped ? store.once : store.within(receipt);
    const walk =
      userId === ''
        ? walkScan(reading, { idPrefix, begin, ...(onSkipped && { onSkipped }) })
        : walkIndex(reading, { userId, begin, idPrefix: receipt.caller?.idPrefix ?? '' });
    const found = { sessions: [] as ListedSession[], examined: 0 };
    await fill();
    if (unavailable.size > 0 && found.examined === 0 && begin === undefined && !walk.state())
      throw nothingReached(unavailable);
    const state = walk.state();
    return {
      ...found,
      nextToken: state ? tokenOf(state, bound) : '',
      listedBy: userId === '' ? ('scan' as const) : ('user_index' as const),
      mayRepeat: walk.hasRestarted(),
      unavailable: [...unavailable],
    };

    async function fill(): Promise<void> {
      let bytes = 0;
      let emptySteps = 0;
      for (let steps = 0; ; steps += 1) {
        // A store in this process answers at once: others get their turn. The first step is always
        // made: without one, nobody knows whether more follows.
        if (steps > 0) await yieldToLoop();
        const room = page.size - found.sessions.length;
        const isSpent = found.examined >= EXAMINED_MAX || bytes >= BYTES_MAX;
        if (room === 0 || isSpent || (steps > 0 && nowMonotonicMs() >= endsMs)) return;
        const ids = await walk.next(Math.min(room, READ_AT_ONCE));
        if (ids.length === 0) emptySteps += 1;
        if (emptySteps === EMPTY_STEPS_MAX || (ids.length === 0 && !walk.state())) return;
        const keys = await Promise.all(ids.filter(isSeen).map(read));
        for (const { sessionId, key } of keys.filter((one) => one !== undefined)) {
          found.examined += 1;
          bytes += (key.session?.snapshotBytes ?? 0) + (key.session?.deltaBytes ?? 0);
          const listed = listedSession(sessionId, key, filters);
          if (listed) found.sessions.push(listed);
        }
      }
    }

    function isSeen(sessionId: string): boolean {
      return maySee(receipt.caller, sessionId);
    }

    async function read(
      sessionId: string,
    ): Promise<{ sessionId: string; key: StoredKey } | undefined> {
      try {
        return { sessionId, key: await reading.inspect(sessionId) };
      } catch (error) {
        if (!onSkipped || !(error instanceof StoreUnavailable)) throw error;
        onSkipped(store.once.shardOfSession(sessionId));
        return undefined;
      }
    }
  }
}

function check({ filters, page }: ListQuery): void {
  checkId(filters.userId, { pointer: '/userId' });
  checkId(filters.flowId, { pointer: '/flowId' });
  checkId(filters.idPrefix, { pointer: '/sessionIdPrefix' });
  if (page.size < 1 || page.size > PAGE_MAX || !Number.isSafeInteger(page.size))
    throw invalid('/pageSize', `page_size is ${page.size}: it may be 1 to ${PAGE_MAX}`);
}

/** What a token is bound to. */
function boundOf(filters: ListFilters): unknown[] {
  const { userId, flowId, idPrefix, eventFromMs, eventUntilMs, outcomes } = filters;
  const { isLocked, isDamaged } = filters;
  const times = [eventFromMs ?? null, eventUntilMs ?? null];
  const states = [[...outcomes].sort(), isLocked ?? null, isDamaged ?? null];
  return [userId, flowId, idPrefix, ...times, ...states];
}

function nothingReached(unavailable: ReadonlySet<string>): Refusal {
  const message = `no part of the store could be reached: ${[...unavailable].join(', ')}`;
  return new Refusal('unavailable', message);
}

function byUserIsOff(): Refusal {
  return new Refusal(
    'forbidden',
    "listing a user's sessions is turned off, as restoring by userId is (RESTORE_BY_USER=off)",
  );
}
