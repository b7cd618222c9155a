// Tombstones of sessions: updates from before an erase, and updates that it removed, are dropped
// for as long as its tombstone stands.

import type { DatabaseSync } from 'node:sqlite';
import { isSealOf, isSealOfLines, sealOf, sealOfLines, soundCopyIn } from '../seal.ts';
import { ERASED_UPDATES, type Erased } from '../session-store.ts';
import { countFrom, instantFrom } from '../stored-number.ts';
import { anyTextFrom, textFrom } from './columns.ts';

/** What a tombstone's seal is of, in this order. */
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

/** Prepares setting and asking of tombstones. Callers see to the transaction. */
export function createTombstones(database: DatabaseSync) {
  const select = database.prepare(
    `SELECT instant, expires_at, erase_id, revision, frames, quarantined, locked, seal
       FROM tombstones WHERE session_id = ?`,
  );
  select.setReadBigInts(true);
  const selectErased = database.prepare(
    'SELECT erased, erased_seal FROM tombstones WHERE session_id = ?',
  );
  // The ids are searched where they are: there may be a hundred kilobytes of them.
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

  /** The row as it is to be understood. A version that does not know seals writes one without. */
  const read = (sessionId: string, nowMs: number) => {
    const row = select.get(sessionId);
    if (row === undefined) return { tombstone: undefined, isDamaged: false };
    const text = COLUMNS.map((column) => anyTextFrom(row[column])).join(' ');
    const seal = row.seal == null ? undefined : textFrom(row.seal);
    const isSame = seal === undefined || isSealOf(seal, text);
    const tombstone = tombstoneFrom(isSame ? text : (soundCopyIn(seal) ?? text));
    const isValid = tombstone !== undefined && tombstone.expiresAtMs > nowMs;
    return { tombstone: isValid ? tombstone : undefined, isDamaged: !isSame || !tombstone };
  };

  /** The ids that are remembered, and these, one to a line. */
  const erasedWith = (sessionId: string, updateIds: string[], nowMs: number): string => {
    const remembered = read(sessionId, nowMs).tombstone
      ? textFrom(selectErased.get(sessionId)?.erased).match(/.+\n/g)
      : [];
    return [...(remembered ?? []), ...updateIds.map(lineOf)].slice(-ERASED_UPDATES).join('');
  };

  return {
    read,

    /** Whether the ids of erased updates are as they were written. */
    isErasedSound(sessionId: string): boolean {
      const row = selectErased.get(sessionId);
      const seal = row?.erased_seal == null ? undefined : textFrom(row.erased_seal);
      return isSealOfLines(seal, Buffer.from(textFrom(row?.erased)));
    },

    /** Writes the row as it is to be understood, if it is damaged; answers whether it was. */
    repair(sessionId: string, nowMs: number): boolean {
      const { tombstone, isDamaged } = read(sessionId, nowMs);
      if (!isDamaged || tombstone === undefined) return false;
      this.put(sessionId, tombstone, { updateIds: [], nowMs });
      return true;
    },

    /** The tombstone of a session, if one stands. */
    find(sessionId: string, nowMs: number): Tombstone | undefined {
      return read(sessionId, nowMs).tombstone;
    },

    /** Whether an update of that id is from before an erase, or was erased. One that is from
     * before an erase is remembered as erased: so it stays dropped. An instant ahead of the clock
     * drops nothing. */
    drops(
      sessionId: string,
      update: { updateId: string; latestMs: number },
      nowMs: number,
    ): boolean {
      const { tombstone } = read(sessionId, nowMs);
      if (tombstone === undefined) return false;
      const place = selectPlace.get(lineOf(update.updateId), sessionId)?.place;
      if (Number(place ?? 0) > 0) return true;
      const { instantMs } = tombstone;
      const isBefore = update.latestMs < instantMs && instantMs <= nowMs;
      if (isBefore) {
        const lines = erasedWith(sessionId, [update.updateId], nowMs);
        updateErased.run(lines, sealOfLines(lines), sessionId);
      }
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
