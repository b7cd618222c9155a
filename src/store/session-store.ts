// The contract of a store. A session is a log of checksummed frames under one key; a store appends to that
// log, reads it, and replaces frames by the snapshot they were folded into. It never looks inside a frame,
// never merges, and never decides what a session means.
//
// Promises that every implementation keeps, proved by one suite (test/contract):
//
// * Each operation is one atomic step on one key. No caller sees half of one, and a process that dies
//   leaves none behind.
// * Every operation may be run twice. `append` recognises an update by its id, as long as its frame is live
//   or its id is among the session's last 64 folded ones, and answers what it answered the first time.
// * One clock, the store's. A caller hands in the monotonic instant at which a request arrived; the store
//   turns it into an age when it sends, and "now - age" is the update's moment. `created_at` and
//   `expires_at` know no other clock. Reading never prolongs.
// * A session exists from its first append until `expires_at`. Past that it reads as missing, and the next
//   append clears what is left and starts a new incarnation, so that no etag of the old one ever matches.
// * `expires_at` never moves back: it is the latest of "moment + ttl" over the appends.
// * The etag is a chain: a digest of the previous etag, the update's id and its frame's digest, seeded by the
//   incarnation. Equal etags mean equal histories, also across a failover that lost writes.
// * Metadata is checked before anything is written. A bad counter is repaired, with a new incarnation; a
//   foreign value under the session's key is set aside. Frames are not touched by either.
// * A failure is never evidence: an operation either answers a status, or throws StoreUnavailable, after
//   which its outcome is unknown and it may be tried again.
//
// The order of the checks inside append is fixed: metadata, known id, size, write. Tombstones and locks take
// their place between known id and size.

/** Bytes of metadata in front of each stored frame: its revision and its etag, in fixed width. */
export const STORED_HEAD_BYTES = 30;

/** How many folded update ids a session remembers. */
export const RECENT_UPDATES = 64;

/** One update on its way into the store. */
export type Append = {
  sessionId: string;
  /** 22 characters of URL-safe base64. */
  updateId: string;
  /** The framed delta. */
  frame: Uint8Array;
  /** The flow that sent it, kept for the fallback; empty leaves the stored one. */
  flowId: string;
  /** When the request arrived, on the clock of `performance.now()`. */
  receivedAtMonotonicMs: number;
  ttlMs: number;
  /** The session's snapshots and deltas, this one included, may not exceed this. */
  sessionMaxBytes: number;
};

/** What became of an append. */
export type AppendResult =
  | ({ status: 'stored' } & Position & Sizes & Mended)
  | ({ status: 'known' } & Position)
  | ({ status: 'needs-fold' } & Sizes);

/** The place of one update in its session. */
export type Position = {
  /** Counted from 1 within an incarnation. */
  revision: number;
  /** Etag of the session right after the update. */
  etag: string;
};

/** Stored bytes of a session after the append, heads included. */
export type Sizes = { snapshotBytes: number; deltaBytes: number };

/** What an append had to do besides appending. */
export type Mended = {
  /** There was no live session; the append started one. */
  created: boolean;
  /** A bad counter was repaired. */
  repaired: boolean;
  /** A foreign value stood under the key and was renamed aside. */
  setAside: boolean;
};

/** A live session, whole. */
export type StoredSession = {
  /** The store's clock at the read, unix ms. */
  nowMs: number;
  revision: number;
  etag: string;
  incarnation: string;
  /** Unix ms, by the store's clock. */
  createdAtMs: number;
  /** Unix ms, by the store's clock. */
  expiresAtMs: number;
  /** The flow named last; empty if none was. */
  flowId: string;
  snapshotBytes: number;
  deltaBytes: number;
  /** The last folded updates, oldest first. */
  recent: RecentUpdate[];
  /** Lowest revision first; frames whose head is damaged count as revision 0. */
  frames: StoredFrame[];
};

/** An update whose frame has been folded, remembered so that a retry is recognised. */
export type RecentUpdate = Position & { updateId: string };

/** One stored frame. */
export type StoredFrame = Position & {
  /** The update id of a delta; `snapshot:` and a random part for a snapshot. */
  name: string;
  kind: 'delta' | 'snapshot';
  /** The frame as found, sound or not. */
  bytes: Uint8Array;
  /** Length, head and last 32 bytes of the stored value: what compaction compares. */
  fingerprint: string;
};

/** Frames to be replaced by the snapshot that they were folded into. */
export type Compaction = {
  sessionId: string;
  incarnation: string;
  /** Exactly the frames that were folded. */
  folded: StoredFrame[];
  snapshot: Position & { name: string; frame: Uint8Array };
  /** The session's remembered updates from now on, oldest first, at most RECENT_UPDATES. */
  recent: RecentUpdate[];
};

/** `changed`: the session holds something else than what was folded; nothing was written. */
export type CompactResult = 'compacted' | 'changed';

/** A session to be found by its user. */
export type UserSession = {
  userId: string;
  sessionId: string;
  /** Time of the session's latest known event, unix ms. */
  eventMs: number;
  receivedAtMonotonicMs: number;
  /** How long the entry is to be found, from the moment of receipt. */
  ttlMs: number;
};

/** One entry of a user's index. The session it names may be gone. */
export type IndexedSession = { sessionId: string; eventMs: number };

export interface SessionStore {
  /** Appends one update, creating the session if there is none. */
  append(append: Append): Promise<AppendResult>;
  /** The live session, or undefined. */
  read(sessionId: string): Promise<StoredSession | undefined>;
  /** Replaces the folded frames by their snapshot, or changes nothing at all. Never creates a session. */
  compact(compaction: Compaction): Promise<CompactResult>;
  /** Notes that a user has a session. A later event wins; entries past their time are dropped. */
  index(entry: UserSession): Promise<void>;
  /** Sessions noted for a user, newest event first, from `offset` on. */
  userSessions(userId: string, page: { offset: number; limit: number }): Promise<IndexedSession[]>;
  /** Resolves once the store answers; throws StoreUnavailable, with the reason, if it does not. */
  ping(): Promise<void>;
  /** Lets go of connections and files. Pending calls are refused. */
  close(): Promise<void>;
}

/** The store did not answer, or not in time. The outcome of the operation is unknown; it may be tried again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  constructor(operation: string, options: { reason: string; cause?: unknown }) {
    super(`${operation} did not reach the store: ${options.reason}`, { cause: options.cause });
  }
}
