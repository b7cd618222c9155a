// Sessions to be listed, and lists of them.

import type { ListFilters, ListPage } from '../../../src/service/listing/listed-sessions.ts';
import type { ListQuery, SessionService } from '../../../src/service/session-service.ts';
import type { Caller } from '../../../src/session/caller.ts';
import { tamperSqlite } from '../../contract/sqlite-tamper.ts';
import type { Damage } from '../../contract/store-under-test.ts';
import type { Scratch } from '../scratch-services.ts';

type Asked = Partial<ListFilters> & Partial<ListPage> & { caller?: Caller };

/** Any session, in a page of fifty, but for what is given. */
export function listQuery(scratch: Scratch, given: Asked = {}): ListQuery {
  const { caller, size = 50, token = '', skipsUnavailable = false, ...filters } = given;
  return {
    receipt: { ...scratch.receipt(), caller },
    filters: {
      ...{ userId: '', flowId: '', idPrefix: '', eventFromMs: undefined, eventUntilMs: undefined },
      ...{ outcomes: [], isLocked: undefined, isDamaged: undefined, ...filters },
    },
    page: { size, token, skipsUnavailable },
  };
}

/** All pages of a list, one after the other; calls `between` after each. */
export async function allPages(
  scratch: Scratch,
  service: Pick<SessionService, 'listSessions'>,
  { between = async () => {}, ...given }: Asked & { between?: () => Promise<unknown> } = {},
) {
  const pages = [];
  for (let token: string | undefined; token !== ''; token = pages.at(-1)?.nextToken) {
    pages.push(await service.listSessions(listQuery(scratch, { ...given, token: token ?? '' })));
    await between();
  }
  return pages;
}

/** The ids on pages, in their order. */
export function idsOn(pages: readonly { sessions: readonly { sessionId: string }[] }[]): string[] {
  return pages.flatMap(({ sessions }) => sessions.map(({ sessionId }) => sessionId));
}

/** Flips a bit of one stored frame of a session. */
export async function flipBit({ path, store }: Scratch, sessionId: string, place: number) {
  const { name, value } = (await store.read(sessionId))?.frames.at(place) ?? {};
  if (name === undefined || value === undefined) throw new Error(`there is no frame ${place}`);
  const flipped = Buffer.from(value);
  const middle = flipped.length >> 1;
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  const damage: Damage = { frame: name, value: flipped };
  await tamperSqlite(path, sessionId, damage);
}

/** Counts turns of the event loop from now on; answers how many there were, and ends. */
export function countTurns(): () => number {
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  return () => {
    clearImmediate(next);
    return turns;
  };
}
