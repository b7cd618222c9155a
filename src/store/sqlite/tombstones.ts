// Tombstones of sessions: updates from before an erase, and updates that it removed, are dropped
// for as long as its tombstone stands.

import type { DatabaseSync } from 'node:sqlite';
import { ERASED_UPDATES, type Erased } from '../session-store.ts';
import { countFrom, instantFrom, STANDS, textFrom } from './columns.ts';

/** What is kept of the latest erase. */
export type Tombstone = {
  /** Updates received before it are dropped, unix ms. */
  instantMs: number;
  expiresAtMs: number;
  eraseId: string;
  /** What the erase of that id removed. */
  erased: Erased;
};

/** What `createTombstones` gives. */
export type Tombstones = ReturnType<typeof createTombstones>;

/** Prepares setting and asking of tombstones. Callers see to the transaction. */
export function createTombstones(database: DatabaseSync) {
  const select = database.prepare(
    `SELECT instant, expires_at, erase_id, revision, frames, quarantined, locked
       FROM tombstones WHERE session_id = ? AND ${STANDS}`,
  );
  select.setReadBigInts(true);
  const selectErased = database.prepare(
    `SELECT erased FROM tombstones WHERE session_id = ? AND ${STANDS}`,
  );
  // The ids are searched where they are: there may be a hundred kilobytes of them.
  const selectPlace = database.prepare(
    `SELECT instant, instr(erased, ?) AS place FROM tombstones WHERE session_id = ? AND ${STANDS}`,
  );
  selectPlace.setReadBigInts(true);
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO tombstones (session_id, instant, expires_at, erase_id, revision, frames,
       quarantined, locked, erased) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateErased = database.prepare('UPDATE tombstones SET erased = ? WHERE session_id = ?');

  /** The ids that are remembered, and these, one to a line. */
  const erasedWith = (sessionId: string, updateIds: string[], nowMs: number): string => {
    const remembered = textFrom(selectErased.get(sessionId, nowMs)?.erased).match(/.+\n/g);
    return [...(remembered ?? []), ...updateIds.map(lineOf)].slice(-ERASED_UPDATES).join('');
  };

  return {
    /** The tombstone of a session, if one stands. */
    find(sessionId: string, nowMs: number): Tombstone | undefined {
      const row = select.get(sessionId, nowMs);
      const instantMs = instantFrom(row?.instant);
      const expiresAtMs = instantFrom(row?.expires_at);
      if (row === undefined || instantMs === undefined || expiresAtMs === undefined)
        return undefined;
      const erased = {
        revision: countFrom(row.revision) ?? 0,
        frames: countFrom(row.frames) ?? 0,
        quarantined: countFrom(row.quarantined) ?? 0,
        locked: row.locked === 1n,
      };
      return { instantMs, expiresAtMs, eraseId: textFrom(row.erase_id), erased };
    },

    /** Whether an update of that id is from before an erase, or was erased. One that is from
     * before an erase is remembered as erased: so it stays dropped. An instant ahead of the clock
     * drops nothing. */
    drops(
      sessionId: string,
      update: { updateId: string; latestMs: number },
      nowMs: number,
    ): boolean {
      const row = selectPlace.get(lineOf(update.updateId), sessionId, nowMs);
      const instantMs = instantFrom(row?.instant);
      if (row === undefined || instantMs === undefined) return false;
      if ((countFrom(row.place) ?? 0) > 0) return true;
      const isBefore = update.latestMs < instantMs && instantMs <= nowMs;
      if (isBefore) updateErased.run(erasedWith(sessionId, [update.updateId], nowMs), sessionId);
      return isBefore;
    },

    /** Sets a tombstone in the place of the one that stands, and adds ids to those that it
     * remembers. */
    put(
      sessionId: string,
      tombstone: Tombstone,
      { updateIds, nowMs }: { updateIds: string[]; nowMs: number },
    ) {
      const { instantMs, expiresAtMs, eraseId, erased } = tombstone;
      const lines = erasedWith(sessionId, updateIds, nowMs);
      const { revision, frames, quarantined, locked } = erased;
      const counts = [revision, frames, quarantined, locked ? 1 : 0];
      upsert.run(sessionId, instantMs, expiresAtMs, eraseId, ...counts, lines);
    },
  };
}

function lineOf(updateId: string): string {
  return `${updateId}\n`;
}
