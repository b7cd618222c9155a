// Tombstones of sessions: updates from before an erase, and updates that it removed, are dropped
// until its tombstone expires.

import type { DatabaseSync } from 'node:sqlite';
import { isSealOfLines, readSealed, sealOf, sealOfLines } from '../seal.ts';
import { ERASED_UPDATES, type Erased } from '../session-store.ts';
import { countFrom, instantFrom } from '../stored-number.ts';
import { anyTextFrom, textFrom } from './columns.ts';

/** The columns that a tombstone's seal covers, in this order. */
const COLUMNS = [
  'instant',
  'expires_at',
  'erase_id',
  'revision',
  'frames',
  'quarantined',
  'locked',
];

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

/** Prepares reading and writing of tombstones. The caller opens the transaction. */
export function createTombstones(database: DatabaseSync) {
  const select = database.prepare(
    `SELECT instant, expires_at, erase_id, revision, frames, quarantined, locked, seal
       FROM tombstones WHERE session_id = ?`,
  );
  select.setReadBigInts(true);
  const selectErased = database.prepare(
    'SELECT erased, erased_seal FROM tombstones WHERE session_id = ?',
  );
  // The ids are searched by SQLite, not read: there may be a hundred kilobytes of them.
  const selectPlace = database.prepare(
    'SELECT instr(erased, ?) AS place FROM tombstones WHERE session_id = ?',
  );
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO tombstones (session_id, instant, expires_at, erase_id, revision, frames,
       quarantined, locked, erased, seal, erased_seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateErased = database.prepare(
    'UPDATE tombstones SET erased = ?, erased_seal = ? WHERE session_id = ?',
  );

  /** The tombstone in the row, read from its seal if the row is damaged. A version that does not know
   * seals writes rows without one. */
  const read = (sessionId: string, nowMs: number) => {
    const row = select.get(sessionId);
    if (row === undefined) return { tombstone: undefined, isDamaged: false };
    const text = COLUMNS.map((column) => anyTextFrom(row[column])).join(' ');
    const seal = row.seal == null ? undefined : textFrom(row.seal);
    const { valid, isSame } = readSealed(text, seal);
    const tombstone = tombstoneFrom(valid);
    const isValid = tombstone !== undefined && tombstone.expiresAtMs > nowMs;
    return { tombstone: isValid ? tombstone : undefined, isDamaged: !isSame || !tombstone };
  };

  /** The remembered ids and these, one to a line. */
  const erasedWith = (sessionId: string, updateIds: string[], nowMs: number): string => {
    const remembered = read(sessionId, nowMs).tombstone
      ? textFrom(selectErased.get(sessionId)?.erased).match(/.+\n/g)
      : [];
    return [...(remembered ?? []), ...updateIds.map(lineOf)].slice(-ERASED_UPDATES).join('');
  };

  return {
    read,

    /** Whether the ids of erased updates are as they were written. */
    isErasedIntact(sessionId: string): boolean {
      const row = selectErased.get(sessionId);
      const seal = row?.erased_seal == null ? undefined : textFrom(row.erased_seal);
      return isSealOfLines(seal, Buffer.from(textFrom(row?.erased)));
    },

    /** Repairs the row from its seal, if it is damaged; answers whether it was repaired. */
    repair(sessionId: string, nowMs: number): boolean {
      const { tombstone, isDamaged } = read(sessionId, nowMs);
      if (!isDamaged || tombstone === undefined) return false;
      this.put(sessionId, tombstone, { updateIds: [], nowMs });
      return true;
    },

    /** The tombstone of a session; undefined if there is none, or if it has expired. */
    find(sessionId: string, nowMs: number): Tombstone | undefined {
      return read(sessionId, nowMs).tombstone;
    },

    /** Whether an update of that id is from before an erase, or was erased; `doubtful` if it is a
     * replay that may also be from after it. One that is from before an erase is remembered as erased:
     * so it is dropped again when it is sent again. An instant ahead of the clock drops replays
     * alone. */
    drops(
      sessionId: string,
      update: { updateId: string; latestMs: number; replayedFromMs: number | undefined },
      nowMs: number,
    ): 'no' | 'certain' | 'doubtful' {
      const { tombstone } = read(sessionId, nowMs);
      if (tombstone === undefined) return 'no';
      const { updateId, latestMs, replayedFromMs } = update;
      const place = selectPlace.get(lineOf(updateId), sessionId)?.place;
      if (Number(place ?? 0) > 0) return 'certain';
      const { instantMs } = tombstone;
      const isBefore =
        replayedFromMs === undefined
          ? latestMs < instantMs && instantMs <= nowMs
          : replayedFromMs < instantMs;
      if (!isBefore) return 'no';
      const lines = erasedWith(sessionId, [updateId], nowMs);
      updateErased.run(lines, sealOfLines(lines), sessionId);
      return latestMs < instantMs ? 'certain' : 'doubtful';
    },

    /** Sets a tombstone, which replaces the former one, and adds ids to the remembered ones. */
    put(
      sessionId: string,
      tombstone: Tombstone,
      { updateIds, nowMs }: { updateIds: string[]; nowMs: number },
    ) {
      const { instantMs, expiresAtMs, eraseId, erased } = tombstone;
      const lines = erasedWith(sessionId, updateIds, nowMs);
      const { revision, frames, quarantined, locked } = erased;
      const counts = [revision, frames, quarantined, locked ? 1 : 0];
      const values = [instantMs, expiresAtMs, eraseId, ...counts];
      upsert.run(sessionId, ...values, lines, sealOf(values.join(' ')), sealOfLines(lines));
    },
  };
}

function tombstoneFrom(text: string): Tombstone | undefined {
  const [instant, expiresAt, eraseId = '', ...removed] = text.split(' ');
  const [instantMs, expiresAtMs] = [instantFrom(instant), instantFrom(expiresAt)];
  if (instantMs === undefined || expiresAtMs === undefined) return undefined;
  const [revision = 0, frames = 0, quarantined = 0] = removed.map(
    (digits) => countFrom(digits) ?? 0,
  );
  const erased = { revision, frames, quarantined, locked: removed[3] === '1' };
  return { instantMs, expiresAtMs, eraseId, erased };
}

function lineOf(updateId: string): string {
  return `${updateId}\n`;
}
