// The contract of a store. A session is a log of checksummed frames under one key; a store appends
// to that log, reads it, and replaces frames by the snapshot they were folded into. It never looks
// inside a frame, never merges, and never decides what a session means.
//
// Promises that every implementation keeps, proved by one suite (test/contract):
//
// * Each operation is one atomic step on one key. No caller sees half of one, and a process that
//   dies leaves none behind.
// * Every operation may be run twice. `append` recognises an update by its id, as long as its frame
//   is live or its id is among the session's last 64 folded ones, and answers what it answered the
//   first time. It returns the live frame, which may differ from the one of this attempt: comparing
//   the two is left to the caller.
// * One clock, the store's. A caller passes the monotonic instant at which a request arrived; the
//   store converts it into the latest instant of its own clock that this can have been: the
//   update's moment. `created_at` and `expires_at` are on the same clock. Reading never prolongs a
//   session.
// * Attempts end. An operation takes no effect after the instant at which its caller stops waiting,
//   even if its bytes are delayed in the network. Where an attempt fails before that instant, its
//   failure says until when it may still take effect.
// * A session exists from its first append until `expires_at`. After that it reads as missing, and
//   the next append removes what is left and starts a new incarnation, so that no etag of the old
//   one ever matches.
// * `expires_at` is the latest of "moment + ttl" over the appends and touches: it never moves back,
//   except by an append with an exact time to live, which sets it to its own "moment + ttl".
// * The etag is a chain: a digest of the previous etag, the update's id and its frame's digest,
//   seeded by the incarnation. Equal etags mean equal histories, even across a failover that lost
//   writes.
// * Metadata is checked before anything is written. A bad counter is repaired, with a new
//   incarnation; a foreign value under the session's key is set aside. Neither changes any frame.
// * A lock belongs to the holder of its token, until a deadline on the store's clock. While it is
//   held only its holder appends; a token that does not hold the lock at that moment appends
//   nothing, even if nobody holds it. An attempt at a lock that was sent before the lock last ended
//   takes nothing. A lock, a tombstone and quarantined frames may exist without a live session, and
//   outlive one.
// * An erase leaves a tombstone at the instant at which it ran. An update that was received before
//   that, or that was erased, is dropped, however late it arrives and whatever the time of its
//   event; and it is dropped again whenever it is sent again. An update received after an erase was
//   answered is never dropped. Where the clock is not precise enough to decide, the update is kept.
//   An instant ahead of the clock was set by another clock, and drops only the updates whose ids
//   the tombstone remembers. Erasing ignores locks.
// * An update may come long after its receipt, from a process that kept it meanwhile (a replay).
//   Its caller knows when it was received at the earliest and at the latest. Where that does not
//   decide whether it came before an erase, the erase wins. A replay is not stored in a session that
//   it cannot have belonged to: it has ended if its time to live had passed before now, while no
//   session is live, or before the live session began. One that is stored is part of the session
//   from its own moment on: `created_at` moves back to it.
// * A failure proves nothing: an operation either answers a status, or throws StoreUnavailable,
//   after which its outcome is unknown and it may be tried again.
// * Appends, touches, erases, notes in a user's index and tombstones of users answer how safely they are
//   kept. A store that is to replicate waits for that, but never beyond the attempt's end: then the
//   answer is the durability that was reached, never a failure. An answer never claims more than
//   was confirmed.
//
// The order of the checks inside append is fixed: metadata, known id, tombstone, end of a replay,
// lock, precondition, size, write. So an update that is already stored is always answered as known,
// whatever has happened since.

import type { ConfirmedNote, DueNote, Noted } from './due-note.ts';
import type { StoreDurability } from './durability.ts';
import type { KeyFollower } from './key-follower.ts';
import type { LastEvent } from './session-notes.ts';
import type { IndexedSession, IndexPage, ScannedSessions, SessionScan } from './session-walks.ts';
import type { Position, Reception } from './stored-head.ts';

export { StoreUnavailable } from './store-unavailable.ts';

/** How many folded update ids a session remembers. */
export const RECENT_UPDATES = 64;

/** How many ids of erased updates a tombstone remembers, the latest: more than a full session has
 * frames. */
export const ERASED_UPDATES = 5000;

/** How long after its deadline a lock that was not released is remembered, in milliseconds: so its
 * holder, or the next one, learns that it lapsed. */
export const LAPSED_LOCK_MS = 60_000;

/** The longest lock, in milliseconds. A deadline further ahead, and without a seal, is damage. */
export const LOCK_MAX_MS = 300_000;

/** How much longer than it must an entry of a user's index is kept, in milliseconds: each shard has a
 * clock of its own. */
export const INDEX_SLACK_MS = 120_000;

/** The precondition that there is no live session. Etags are hex digits, so no etag is equal. */
export const NO_SESSION = 'none';

/** The precondition that there is a live session. */
export const LIVE_SESSION = 'live';

/** In place of a precondition, for what another service left of a session from before all updates
 * of this one: no lock keeps it out, and any tombstone drops it, however late it was received. */
export const BEFORE_ALL = 'base';

/** One update on its way into the store. */
export type Append = {
  sessionId: string;
  /** 22 characters of URL-safe base64. */
  updateId: string;
  /** The framed delta. */
  frame: Uint8Array;
  /** The flow that sent it, kept for the fallback; empty leaves the stored one. */
  flowId: string;
  /** When the request arrived, on the clock of `performance.now()`; of a replay the latest instant
   * at which it can have arrived. */
  receivedAtMonotonicMs: number;
  /** Given for a replay alone: the earliest such instant, -Infinity if that is not known. */
  earliestMonotonicMs?: number | undefined;
  /** How long the session lives after it. */
  ttlMs: number;
  /** Whether it lives exactly so long, also where it had more time left. Not for a replay. */
  isTtlExact?: boolean | undefined;
  /** The session's snapshots and deltas, this one included, may not exceed this. */
  sessionMaxBytes: number;
  /** Token of the lock under which this is written; empty if under none. */
  lockToken: string;
  /** The etag that the session must have, NO_SESSION, LIVE_SESSION or BEFORE_ALL; empty for any. */
  ifMatch: string;
  /** The user that it names; empty if none. */
  userId: string;
  /** Time of its event, unix ms. */
  eventMs: number;
  /** The session's note that its sender has written since it was due. */
  confirmedNote?: ConfirmedNote | undefined;
};

/** The outcome of an append. */
export type AppendResult =
  /** `due`: what is to be noted in the user's index now. It is due again until an append confirms
   * it. `frameBytes`: of the frame as it is stored, where it was encrypted on its way. */
  | ({ status: 'stored'; incarnation: string; due: DueNote | undefined } & Position &
      Sizes &
      Repaired &
      Kept & { frameBytes?: number })
  | KnownUpdate
  | ({ status: 'needs-fold' } & Sizes)
  /** The update is from before an erase, or was erased. Of a replay also: `doubtful`, it may as well
   * have been received after the erase; `ended`, it has outlived its session. */
  | { status: 'dropped'; replay?: 'doubtful' | 'ended' }
  /** Another writer holds the lock, for so long unless it is renewed or released. */
  | { status: 'locked'; remainingMs: number }
  /** The token does not hold the lock. */
  | { status: 'lock-lost' }
  /** The precondition does not hold; the session's position, revision 0 and an empty etag if
   * there is none. */
  | ({ status: 'conflict' } & Position);

/** How safely a write is kept when its answer comes. */
export type Kept = { durability: StoreDurability };

/** An update that is stored already, at the position that it got then. */
export type KnownUpdate = Position &
  Kept & {
    status: 'known';
    /** The session's revision now. */
    sessionRevision: number;
    /** The frame that was stored, damaged or not; undefined once it has been folded. */
    frame?: Uint8Array;
    /** As that of a stored frame. */
    opened?: StoredFrame['opened'];
  };

/** Stored bytes of a session after the append, heads included. */
export type Sizes = { snapshotBytes: number; deltaBytes: number };

/** What an append had to do besides appending. */
export type Repaired = {
  /** There was no live session; the append started one. */
  created: boolean;
  /** A bad counter was repaired. */
  repaired: boolean;
  /** The key held a foreign value, which was renamed. */
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
  /** The last folded updates as they are stored: few callers read them (recent-updates.ts), and
   * that takes as long as the rest. */
  recent: string | Buffer;
  /** Lowest revision first; frames whose head is damaged count as revision 0. */
  frames: StoredFrame[];
  /** Frames that are in quarantine because they could not be read. */
  quarantined: number;
  /** Whether all frames are present, as their etags show: none is missing between the others, and
   * each has the name and the revision under which it was stored. */
  isWhole: boolean;
  /** Damaged fields other than frames. Their values are taken from their seals or from the frames;
   * where neither has them, a value is chosen that keeps the session. */
  damage: DamagedField[];
  /** As a later version wrote it; undefined if it did not, or something was appended since. */
  lastEvent: LastEvent | undefined;
  /** What was noted of it in its user's index; undefined if that is not known. */
  noted: Noted | undefined;
};

/** What may be damaged apart from frames, by its stored name. */
export const DAMAGED_FIELDS = [
  ...(['revision', 'incarnation', 'chain', 'created_at', 'expires_at', 'flow', 'seal'] as const),
  ...(['snapshot_bytes', 'delta_bytes', 'recent', 'lock', 'tombstone', 'erased'] as const),
  ...(['fence', 'quarantine', 'noted'] as const),
] as const;

export type DamagedField = (typeof DAMAGED_FIELDS)[number];

/** An update whose frame has been folded, remembered so that a retry is recognised. */
export type RecentUpdate = Position & { updateId: string };

/** One stored frame. */
export type StoredFrame = Position & {
  /** The update id of a delta; `snapshot:` and a random part for a snapshot. */
  name: string;
  kind: 'delta' | 'snapshot';
  /** The frame as found, damaged or not. */
  bytes: Uint8Array;
  /** The whole stored value, head included: what quarantine compares, and compaction by its
   * fingerprint. */
  value: Uint8Array;
  /** When its updates were received; undefined if its head does not say. */
  reception: Reception | undefined;
  /** Its head says more than this version knows: it is not to be folded. */
  hasNewerHead: boolean;
  /** The payload of an encrypted frame, decrypted and expanded: `bytes` are as they are stored.
   * `sealed`: no key opens it. */
  opened?: Uint8Array | 'sealed' | undefined;
  /** Where contents are encrypted: it is not encrypted with the key that encrypts now, or it is and
   * none does any more. A compaction changes that. */
  isOfOtherKey?: boolean;
};

/** Extending the life of a session. */
export type Touch = {
  sessionId: string;
  /** As of an append. */
  receivedAtMonotonicMs: number;
  /** How long the session is to live at least, from the moment of receipt. */
  ttlMs: number;
  /** The flow that this time is meant for: of a session of another flow, nothing is changed.
   * Undefined: it is meant for any. */
  flowId: string | undefined;
};

/** The outcome of a touch. */
export type TouchResult =
  /** The session lives for so long now. `due`: as of an append. */
  | ({ status: 'touched'; remainingMs: number; due: DueNote | undefined } & Kept)
  /** The session is of this flow; nothing was changed. */
  | { status: 'other-flow'; flowId: string }
  /** There is no live session. `isErased`: there is a tombstone. */
  | { status: 'missing'; isErased: boolean };

/** Frames to be replaced by the snapshot that they were folded into. */
export type Compaction = {
  sessionId: string;
  incarnation: string;
  /** Exactly the frames that were folded. */
  folded: Pick<StoredFrame, 'name' | 'value'>[];
  snapshot: Position & { name: string; frame: Uint8Array; reception?: Reception | undefined };
  /** The session's remembered updates from now on, oldest first, at most RECENT_UPDATES. */
  recent: RecentUpdate[];
  /** Whether they are written in binary, which older versions cannot read. */
  isRecentBinary?: boolean;
};

/** `changed`: the session no longer holds what was folded; nothing was written. */
export type CompactResult = 'compacted' | 'changed';

/** Taking a lock, or, with `renew`, keeping one that is held. */
export type LockRequest = {
  sessionId: string;
  /** 22 characters of URL-safe base64, random. The same in every attempt at one request. */
  token: string;
  /** From now on, by the store's clock. */
  ttlMs: number;
  renew: boolean;
};

/** The outcome of taking or renewing a lock. */
export type LockResult =
  /** The token holds the lock. `lapsed`: the one before it ran out without having been released. */
  | { status: 'held'; lapsed: boolean }
  /** Another token holds it, for so long unless it is renewed or released. Never the answer to a
   * renewal. */
  | { status: 'busy'; remainingMs: number }
  /** A renewal of a lock that the token does not hold; or the token has released the lock, and this
   * is a late attempt to take it. */
  | { status: 'lost'; lapsed: boolean };

/** The outcome of a release. `lapsed`: the lock had expired before, and this is the first call to
 * notice. */
export type UnlockResult = { status: 'released' } | { status: 'lost'; lapsed: boolean };

/** Removal of a session with its lock and its quarantine. */
export type Erasure = {
  sessionId: string;
  /** 22 characters of URL-safe base64: the same in every attempt at one erase. */
  eraseId: string;
  /** When the erase was requested, on the clock of `performance.now()`, for an erase that may run
   * much later: updates received since then are not dropped. Without it the tombstone's instant is
   * that at which the erase ran. */
  askedAtMonotonicMs?: number;
  /** How long the tombstone is kept, from the instant at which the erase ran. */
  tombstoneTtlMs: number;
  /** The etag that the session must have; empty for any, and for no session. */
  ifMatch: string;
  /** That of the session as it was read last: its end need not be waited for any more. */
  incarnation?: string;
  /** One of many: the erased bytes may stay in the store's own log for about a second, or until
   * an erase that is not lazy. */
  isLazy?: boolean;
};

/** What an erase removed; the same again for a repetition with the same id. */
export type EraseResult =
  | ({ status: 'erased'; tombstoneExpiresAtMs: number } & Erased & Kept)
  | ({ status: 'conflict' } & Position);

export type Erased = {
  /** Revision of the live session; 0 if there was none. */
  revision: number;
  /** Frames of the session, live or expired. */
  frames: number;
  /** Frames in quarantine. */
  quarantined: number;
  /** Whether the lock was held. */
  locked: boolean;
};

/** A frame to be moved. It is moved only if the stored bytes are equal to `value`. */
export type QuarantineMove = {
  /**
   * `quarantine`: from the session's frames into quarantine, where it replaces an older one of that
   * name. `release`: back, unless there is a frame of that name. `discard`: removed from
   * quarantine.
   */
  move: 'quarantine' | 'release' | 'discard';
  name: string;
  /** The whole stored value that the mover saw. */
  value: Uint8Array;
};

/** Moves of one session's frames. Each is done or not, independently of the others. */
export type QuarantineMoves = {
  sessionId: string;
  moves: QuarantineMove[];
  /** How long a frame stays in quarantine. */
  ttlMs: number;
  /** Bytes that the session may have in quarantine; what does not fit stays where it is. */
  quarantineMaxBytes: number;
};

/** A frame in quarantine that has not expired. */
export type QuarantinedFrame = StoredFrame & { quarantinedAtMs: number; expiresAtMs: number };

/** Everything that a session's key holds, in one consistent read. */
export type StoredKey = {
  /** The store's clock at the read, unix ms. */
  nowMs: number;
  /** The live session, if there is one. */
  session: StoredSession | undefined;
  /** Until when the lock is held, unix ms; undefined if it is not. */
  lockedUntilMs: number | undefined;
  /** Updates received before the instant are dropped; undefined if there is no tombstone. */
  tombstone: { instantMs: number; expiresAtMs: number } | undefined;
  quarantine: QuarantinedFrame[];
  /** Damaged fields that are stored with the session. */
  damage: DamagedField[];
  /** Fields that this version does not know: those of a later version, or ones whose name was
   * damaged. */
  unknownFields: string[];
};

/** A session to be found by its user. */
export type UserSession = {
  userId: string;
  sessionId: string;
  /** Time of the session's latest known event, unix ms. */
  eventMs: number;
  /** As of an append. */
  receivedAtMonotonicMs: number;
  earliestMonotonicMs?: number | undefined;
  /** How long the entry is kept, from the moment of receipt. */
  ttlMs: number;
};

/** When a session ends, if no update follows. */
export type SessionEnd = {
  sessionId: string;
  incarnation: string;
  /** At the earliest, on the clock of `performance.now()`. */
  endsAtMonotonicMs: number;
};

/** `erased`: the user was erased after the entry's moment; nothing was noted. */
export type IndexResult = { status: 'noted' | 'erased' } & Kept;

/** A user whose sessions are to be erased. */
export type UserErasure = { userId: string; tombstoneTtlMs: number };

/** What is kept of a user. */
export type StoredUser = {
  /** The store's clock at the read, unix ms. */
  nowMs: number;
  /** Entries of the user's index, including expired ones that are not removed yet. */
  entries: number;
  /** Entries from before the instant are not noted; undefined if there is no tombstone. */
  tombstone: { instantMs: number; expiresAtMs: number } | undefined;
};

/** What bounds one attempt at an operation that writes. */
export type AttemptLimits = {
  /** When its caller stops waiting, on the clock of `performance.now()`. Without it an attempt
   * ends when the store stops waiting for the answer. */
  endsAtMonotonicMs: number;
};

export interface SessionStore {
  /** Appends one update, creating the session if there is none. */
  append(append: Append, limits?: AttemptLimits): Promise<AppendResult>;
  /** The live session, or undefined. */
  read(sessionId: string): Promise<StoredSession | undefined>;
  /** Everything under a session's key, live or not. */
  inspect(sessionId: string): Promise<StoredKey>;
  /** Replaces the folded frames by their snapshot, or changes nothing at all. Never creates a
   * session. */
  compact(compaction: Compaction, limits?: AttemptLimits): Promise<CompactResult>;
  /** Extends the life of a live session, also while a lock is held. Changes neither its content nor
   * its revision or etag. */
  touch(touch: Touch, limits?: AttemptLimits): Promise<TouchResult>;
  /** Takes the lock on a session, which need not exist; a token that holds it already keeps it. */
  lock(request: LockRequest, limits?: AttemptLimits): Promise<LockResult>;
  /** Releases a lock. */
  unlock(lock: { sessionId: string; token: string }, limits?: AttemptLimits): Promise<UnlockResult>;
  /** Forgets an expired lock of that token; answers whether this is the first call to notice. A
   * lock that is held, or was released, is left as it is. */
  forgetLapsed(
    lock: { sessionId: string; token: string },
    limits?: AttemptLimits,
  ): Promise<boolean>;
  /** Removes state, lock and quarantine, and leaves a tombstone, even if there is nothing to
   * remove. */
  erase(erasure: Erasure, limits?: AttemptLimits): Promise<EraseResult>;
  /** Moves frames into quarantine or out of it; answers the names of those that are where they
   * should be. */
  quarantine(moves: QuarantineMoves, limits?: AttemptLimits): Promise<string[]>;
  /** Accepts a session's fields as they are, even where they differ from their seals: for fields
   * that were edited by hand. The next update seals them again. */
  unseal(sessionId: string, limits?: AttemptLimits): Promise<void>;
  /** Notes that a user has a session. A later event wins; expired entries are removed. */
  index(entry: UserSession, limits?: AttemptLimits): Promise<IndexResult>;
  /** Removes sessions from a user's index; answers how many of them were in it. `isLazy`: as for
   * an erase. */
  unindex(
    entries: { userId: string; sessionIds: string[]; isLazy?: boolean },
    limits?: AttemptLimits,
  ): Promise<number>;
  /** Notes when a session ends, so that its end is reported (end-events.ts). Resolves once that is
   * stored, for as long as that takes, or need not be; false: it is given up. Never rejects. */
  noteEnd(end: SessionEnd): Promise<boolean>;
  /** Leaves a tombstone in a user's index: entries from before it are no longer noted. Removes
   * none. */
  eraseUser(erasure: UserErasure, limits?: AttemptLimits): Promise<Kept>;
  /** Sessions noted for a user, newest event first, from `offset` on. */
  userSessions(userId: string, page: IndexPage): Promise<IndexedSession[]>;
  /** Goes one step through all sessions, in no order. A walk from an empty position to the end finds
   * every session that is live all the time, once, unless a step says that it restarted, or parts of
   * the store move between servers meanwhile. Undefined if the position is none of this store. */
  scanSessions(scan: SessionScan): Promise<ScannedSessions | undefined>;
  /** What is kept of a user. Entries are counted, not read. */
  inspectUser(userId: string): Promise<StoredUser>;
  /** Follows a session's key, live or not, until the returned function is called: every change of
   * revision, etag, expiry, lock or tombstone is reported, whichever process made it, within 100 ms
   * where the store answers. Several changes may be one report, and a report may have no change. An
   * expiry is no change: it is known from the last read. */
  watch(sessionId: string, follower: KeyFollower): () => void;
  /** When a request arrived, by the clock of the server that has the session: between which
   * instants, unix ms. Undefined if that clock is not known. Asks nobody. */
  momentOf(
    sessionId: string,
    receivedAtMonotonicMs: number,
  ): { earliestMs: number; latestMs: number } | undefined;
  /** Names the part of the store that has a session; what has one name works or fails together.
   * Empty if that is not known. Asks nobody. */
  shardOfSession(sessionId: string): string;
  /** The same, of a user's index. */
  shardOfUser(userId: string): string;
  /** Resolves if the store would take a write now; throws StoreUnavailable, with the reason, if
   * it would not. */
  ping(): Promise<void>;
  /** Closes connections and files. Pending calls are refused. */
  close(): Promise<void>;
}
