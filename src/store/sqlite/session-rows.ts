// Reads and writes the rows of a session. What is read is checked against its seal. A number, chain
// or incarnation that cannot be read is undefined, so that the caller must decide what to do without
// it.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type Metadata, metadataFrom, metadataSeal, type ReadableMetadata } from '../metadata.ts';
import type { Sizes, StoredFrame } from '../session-store.ts';
import { storedFrameFrom } from '../stored-value.ts';
import { anyTextFrom, bufferFrom, countFrom, textFrom } from './columns.ts';

/** A session's metadata, as found. */
export type SessionFields = Metadata & {
  /** Whether the row has a beginning, readable or not. */
  isBegun: boolean;
  snapshotBytes: number | undefined;
  deltaBytes: number | undefined;
  /** As in recent-updates.ts. */
  recent: string | Buffer;
  /** As in due-note.ts and session-notes.ts; empty where the file has no such column. */
  notes: { lastEvent: string; noted: string };
};

/** Metadata to continue from. */
export type ReadableFields = ReadableMetadata & Sizes;

/** What `createSessionRows` gives. */
export type SessionRows = ReturnType<typeof createSessionRows>;

/** Prepares reading and writing of sessions and their frames. The caller opens the transaction. */
export function createSessionRows(database: DatabaseSync) {
  const selectFields = database.prepare('SELECT * FROM sessions WHERE session_id = ?');
  selectFields.setReadBigInts(true);
  const upsertFields = database.prepare(
    `INSERT INTO sessions (session_id, revision, incarnation, created_at, expires_at, flow, chain,
       snapshot_bytes, delta_bytes, seal, noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET revision = excluded.revision, incarnation = excluded.incarnation,
       created_at = excluded.created_at, expires_at = excluded.expires_at, flow = excluded.flow,
       chain = excluded.chain, snapshot_bytes = excluded.snapshot_bytes, delta_bytes = excluded.delta_bytes,
       seal = excluded.seal, noted = excluded.noted`,
  );
  const updateExpiry = database.prepare(
    'UPDATE sessions SET expires_at = ?, seal = ?, noted = ? WHERE session_id = ?',
  );
  const updateExpiryAlone = database.prepare(
    'UPDATE sessions SET expires_at = ? WHERE session_id = ?',
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
    /** The metadata; without a row, all of it is undefined or empty. */
    fields(sessionId: string): SessionFields {
      return fieldsFrom(selectFields.get(sessionId) ?? {});
    },

    /** Writes the metadata, except for what compaction alone changes. */
    putFields(sessionId: string, fields: ReadableFields & { noted: string }): void {
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
        metadataSeal(fields),
        fields.noted,
      );
    },

    /** Writes when the session ends; with metadata that cannot all be read that alone. */
    putExpiry(
      sessionId: string,
      {
        expiresAtMs,
        fields,
        noted,
      }: { expiresAtMs: number } & (
        | { fields: Omit<ReadableMetadata, 'damage'>; noted: string }
        | { fields?: undefined; noted?: undefined }
      ),
    ): void {
      if (fields === undefined) updateExpiryAlone.run(expiresAtMs, sessionId);
      else
        updateExpiry.run(expiresAtMs, metadataSeal({ ...fields, expiresAtMs }), noted, sessionId);
    },

    /** Writes the remembered updates. */
    putRecent(sessionId: string, recent: string | Buffer): void {
      updateRecent.run(recent, sessionId);
    },

    /** Counts the bytes of the frames, and writes them. */
    putBytes(sessionId: string): void {
      const { snapshotBytes, deltaBytes } = this.countBytes(sessionId);
      updateBytes.run(snapshotBytes, deltaBytes, sessionId);
    },

    /** Removes a session with all its frames, also those whose session row is lost; answers whether
     * it had a row. */
    remove(sessionId: string): boolean {
      deleteFrames.run(sessionId);
      return deleteSession.run(sessionId).changes > 0;
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

    removeFrame(sessionId: string, name: string): void {
      deleteFrame.run(sessionId, name);
    },

    /** The bytes of the frames, counted now. */
    countBytes(sessionId: string): { snapshotBytes: number; deltaBytes: number } {
      const row = sumBytes.get({ session: sessionId, snapshot: 'snapshot:*' });
      return { snapshotBytes: Number(row?.snapshot_bytes), deltaBytes: Number(row?.delta_bytes) };
    },
  };
}

function fieldsFrom(row: Record<string, SQLOutputValue>): SessionFields {
  const texts = {
    revision: anyTextFrom(row.revision),
    incarnation: anyTextFrom(row.incarnation),
    chain: anyTextFrom(row.chain),
    created_at: anyTextFrom(row.created_at),
    expires_at: anyTextFrom(row.expires_at),
    flow: anyTextFrom(row.flow),
  };
  return {
    ...metadataFrom(texts, row.seal == null ? undefined : textFrom(row.seal)),
    isBegun: row.created_at != null,
    snapshotBytes: countFrom(row.snapshot_bytes),
    deltaBytes: countFrom(row.delta_bytes),
    recent: row.recent instanceof Uint8Array ? bufferFrom(row.recent) : textFrom(row.recent),
    notes: { lastEvent: textFrom(row.last_event), noted: textFrom(row.noted) },
  };
}
