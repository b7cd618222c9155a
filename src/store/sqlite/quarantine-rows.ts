import type { DatabaseSync } from 'node:sqlite';
import type { QuarantinedFrame } from '../session-store.ts';
import { byRevision, storedFrameFrom } from '../stored-value.ts';
import { bufferFrom, instantFrom, NOT_EXPIRED } from './columns.ts';

/** What `createQuarantineRows` gives. */
export type QuarantineRows = ReturnType<typeof createQuarantineRows>;

/** Prepares reading and writing of the frames in quarantine. Expired ones are ignored. The caller
 * opens the transaction. */
export function createQuarantineRows(database: DatabaseSync) {
  const rows = `FROM quarantine WHERE session_id = ? AND ${NOT_EXPIRED}`;
  const select = database.prepare(`SELECT name, quarantined_at, expires_at, value ${rows}`);
  select.setReadBigInts(true);
  const selectValue = database.prepare(`SELECT value ${rows} AND name = ?`);
  const measure = database.prepare(
    `SELECT count(*) AS frames, total(length(value)) AS bytes ${rows}`,
  );
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO quarantine (session_id, name, quarantined_at, expires_at, value)
       VALUES (?, ?, ?, ?, ?)`,
  );
  const deleteFrame = database.prepare('DELETE FROM quarantine WHERE session_id = ? AND name = ?');
  const deleteAll = database.prepare('DELETE FROM quarantine WHERE session_id = ?');

  return {
    /** How many frames of a session there are, and how many bytes. */
    measure(sessionId: string, nowMs: number): { frames: number; bytes: number } {
      const row = measure.get(sessionId, nowMs);
      return { frames: Number(row?.frames), bytes: Number(row?.bytes) };
    },

    /** All frames of a session, lowest revision first. */
    frames(sessionId: string, nowMs: number): QuarantinedFrame[] {
      const frames = select.all(sessionId, nowMs).map((row) => ({
        ...storedFrameFrom(String(row.name), bufferFrom(row.value)),
        quarantinedAtMs: instantFrom(row.quarantined_at) ?? nowMs,
        expiresAtMs: instantFrom(row.expires_at) ?? nowMs,
      }));
      return frames.sort(byRevision);
    },

    /** The stored value of one frame. */
    value(sessionId: string, name: string, nowMs: number): Buffer | undefined {
      const row = selectValue.get(sessionId, nowMs, name);
      return row === undefined ? undefined : bufferFrom(row.value);
    },

    /** Puts a frame into quarantine for `ttlMs`; replaces one of its name. */
    put(
      sessionId: string,
      frame: { name: string; value: Uint8Array },
      time: { nowMs: number; ttlMs: number },
    ) {
      upsert.run(
        sessionId,
        frame.name,
        time.nowMs,
        Math.round(time.nowMs + time.ttlMs),
        frame.value,
      );
    },

    /** Removes one frame. */
    remove(sessionId: string, name: string): void {
      deleteFrame.run(sessionId, name);
    },

    /** Removes all frames of a session, expired ones included. */
    removeAll(sessionId: string): void {
      deleteAll.run(sessionId);
    },
  };
}
