// A session as its rows: what is in them, sound or not. A number, chain or incarnation that is none
// is undefined here, so that whoever needs it must say what happens without.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { recentFrom } from '../recent-updates.ts';
import type { RecentUpdate, StoredFrame } from '../session-store.ts';
import { isRevision } from '../stored-number.ts';
import { snapshotName, storedFrameFrom } from '../stored-value.ts';
import { bufferFrom, countFrom, instantFrom, textFrom } from './columns.ts';

const CHAIN = /^[0-9a-f]{20}$/;
const INCARNATION = /^[0-9a-f]+$/;

/** A session's metadata, as found. */
export type SessionFields = {
  /** Whether a beginning is noted, readable or not. */
  isBegun: boolean;
  revision: number | undefined;
  chain: string | undefined;
  createdAtMs: number | undefined;
  expiresAtMs: number | undefined;
  snapshotBytes: number | undefined;
  deltaBytes: number | undefined;
  incarnation: string | undefined;
  flowId: string;
  recent: RecentUpdate[];
  /** As in session-notes.ts; empty in a file that has no such columns yet. */
  notes: { lastEvent: string; noted: string };
};

/** A session's metadata, all of it readable. */
export type SoundFields = { [Name in keyof SessionFields]: NonNullable<SessionFields[Name]> };

/** What `createSessionRows` gives. */
export type SessionRows = ReturnType<typeof createSessionRows>;

/** Whether every field can be read. */
export function isSound(fields: SessionFields): fields is SoundFields {
  return Object.values(fields).every((value) => value !== undefined);
}

/** Whether the session's time has passed. An expiry that cannot be read proves nothing. */
export function isOver(fields: SessionFields, nowMs: number): boolean {
  return fields.expiresAtMs !== undefined && fields.expiresAtMs <= nowMs;
}

/** Prepares reading and writing of sessions and their frames. Callers see to the transaction. */
export function createSessionRows(database: DatabaseSync) {
  const selectFields = database.prepare('SELECT * FROM sessions WHERE session_id = ?');
  selectFields.setReadBigInts(true);
  const upsertFields = database.prepare(
    `INSERT INTO sessions (session_id, revision, incarnation, created_at, expires_at, flow, chain,
       snapshot_bytes, delta_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET revision = excluded.revision, incarnation = excluded.incarnation,
       created_at = excluded.created_at, expires_at = excluded.expires_at, flow = excluded.flow,
       chain = excluded.chain, snapshot_bytes = excluded.snapshot_bytes, delta_bytes = excluded.delta_bytes`,
  );
  const updateRecent = database.prepare('UPDATE sessions SET recent = ? WHERE session_id = ?');
  const updateBytes = database.prepare(
    'UPDATE sessions SET snapshot_bytes = ?, delta_bytes = ? WHERE session_id = ?',
  );
  const deleteSession = database.prepare('DELETE FROM sessions WHERE session_id = ?');
  const deleteFrames = database.prepare('DELETE FROM frames WHERE session_id = ?');
  const selectFrames = database.prepare('SELECT name, value FROM frames WHERE session_id = ?');
  const selectValue = database.prepare(
    'SELECT value FROM frames WHERE session_id = ? AND name = ?',
  );
  const insertFrame = database.prepare(
    'INSERT INTO frames (session_id, name, value) VALUES (?, ?, ?)',
  );
  const deleteFrame = database.prepare('DELETE FROM frames WHERE session_id = ? AND name = ?');
  const sumBytes = database.prepare(
    `SELECT total(iif(name GLOB :snapshot, length(value), 0)) AS snapshot_bytes,
            total(iif(name GLOB :snapshot, 0, length(value))) AS delta_bytes
       FROM frames WHERE session_id = :session`,
  );

  return {
    /** The metadata; without a row, nothing of it can be read. */
    fields(sessionId: string): SessionFields {
      return fieldsFrom(selectFields.get(sessionId) ?? {});
    },

    /** Writes the metadata, but for what compaction alone changes. */
    putFields(sessionId: string, fields: SoundFields): void {
      upsertFields.run(
        sessionId,
        fields.revision,
        fields.incarnation,
        fields.createdAtMs,
        fields.expiresAtMs,
        fields.flowId,
        fields.chain,
        fields.snapshotBytes,
        fields.deltaBytes,
      );
    },

    /** Writes the remembered updates. */
    putRecent(sessionId: string, recent: string | Buffer): void {
      updateRecent.run(recent, sessionId);
    },

    /** Counts anew what the frames weigh, and writes it. */
    putBytes(sessionId: string): void {
      const { snapshotBytes, deltaBytes } = this.countBytes(sessionId);
      updateBytes.run(snapshotBytes, deltaBytes, sessionId);
    },

    /** Removes a session with all its frames, also those whose session row is lost. */
    remove(sessionId: string): void {
      deleteFrames.run(sessionId);
      deleteSession.run(sessionId);
    },

    /** All frames, in no order. */
    frames(sessionId: string): StoredFrame[] {
      return selectFrames
        .all(sessionId)
        .map((row) => storedFrameFrom(String(row.name), bufferFrom(row.value)));
    },

    /** The stored value of one frame. */
    value(sessionId: string, name: string): Buffer | undefined {
      const row = selectValue.get(sessionId, name);
      return row === undefined ? undefined : bufferFrom(row.value);
    },

    /** Adds a frame whose name is not there yet. */
    addFrame(sessionId: string, name: string, value: Uint8Array): void {
      insertFrame.run(sessionId, name, value);
    },

    /** Removes one frame. */
    removeFrame(sessionId: string, name: string): void {
      deleteFrame.run(sessionId, name);
    },

    /** What the frames weigh, counted anew. */
    countBytes(sessionId: string): { snapshotBytes: number; deltaBytes: number } {
      const row = sumBytes.get({ session: sessionId, snapshot: snapshotName('*') });
      return { snapshotBytes: Number(row?.snapshot_bytes), deltaBytes: Number(row?.delta_bytes) };
    },
  };
}

function fieldsFrom(row: Record<string, SQLOutputValue>): SessionFields {
  const chain = textFrom(row.chain);
  const incarnation = textFrom(row.incarnation);
  return {
    isBegun: row.created_at != null,
    revision: countFrom(row.revision, isRevision),
    chain: CHAIN.test(chain) ? chain : undefined,
    createdAtMs: instantFrom(row.created_at),
    expiresAtMs: instantFrom(row.expires_at),
    snapshotBytes: countFrom(row.snapshot_bytes),
    deltaBytes: countFrom(row.delta_bytes),
    incarnation: INCARNATION.test(incarnation) ? incarnation : undefined,
    flowId: textFrom(row.flow),
    recent: recentFrom(row.recent instanceof Uint8Array ? row.recent : textFrom(row.recent)),
    notes: { lastEvent: textFrom(row.last_event), noted: textFrom(row.noted) },
  };
}
