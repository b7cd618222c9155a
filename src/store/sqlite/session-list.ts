import type { DatabaseSync } from 'node:sqlite';
import type { ScannedSessions, SessionScan } from '../session-walks.ts';

/** Text that is greater than every text with this beginning: no UTF-8 has this byte. */
const AFTER_ALL = Buffer.from([0xff]);

/** Walks over all sessions in the order of their ids; a position is the last id. The caller opens
 * the transaction. */
export function createSessionList(database: DatabaseSync) {
  const select = database.prepare(
    `SELECT session_id FROM sessions
       WHERE session_id > ?1 AND session_id >= ?2 AND session_id < CAST(?3 AS TEXT)
       ORDER BY session_id LIMIT ?4`,
  );

  return {
    /** The next step of a walk. */
    scan({ position, idPrefix, count }: SessionScan): ScannedSessions | undefined {
      const after = idIn(position);
      if (after === undefined) return undefined;
      const end = Buffer.concat([Buffer.from(idPrefix), AFTER_ALL]);
      const sessionIds = select
        .all(after, idPrefix, end, count)
        .map(({ session_id: id }) => String(id));
      const last = sessionIds.length < count ? undefined : sessionIds.at(-1);
      const next = last === undefined ? undefined : JSON.stringify({ after: last });
      return { sessionIds, next, hasRestarted: false };
    },
  };
}

/** The id in a position, empty at the beginning; undefined in a position of another store. */
function idIn(position: string): string | undefined {
  if (position === '') return '';
  try {
    const { after } = JSON.parse(position) as { after?: unknown };
    return typeof after === 'string' ? after : undefined;
  } catch {
    return undefined;
  }
}
