// The contract of the spool: a bounded queue of rows on the local disk, for updates that the store
// cannot take at the moment. What a row contains is its user's business.
//
// Promises:
//
// * A row whose number was returned is on disk. It is found again after the process was killed, and
//   after a power failure, until `done` is called for it.
// * A row is returned as it was given, or not at all: damage is found and counted.
// * A disk that does not answer delays only the promises of `add`, never the event loop, and it
//   holds one thread of libuv's pool at most.
// * One process uses a directory at a time.

/** One row of a spool. */
export type SpooledRow = {
  /** Grows with each row, also over restarts. */
  number: number;
  payload: Uint8Array;
};

/** There is no room, or the disk takes no rows at present: nothing was written. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull';
}

/** The disk failed or stopped answering while the row was being written: it may be found at the
 * next start, or not. */
export class SpoolFailed extends Error {
  override readonly name = 'SpoolFailed';
}

/** The spool cannot be opened: another process uses it, or its files cannot be used. */
export class SpoolUnavailable extends Error {
  override readonly name = 'SpoolUnavailable';
}

export interface Spool {
  /** Keeps a row; resolves with its number when it is on disk. Rejects with SpoolFull or
   * SpoolFailed. The payload must not be changed before that. */
  add(payload: Uint8Array): Promise<number>;
  /** The row is not needed any more. Not synced: after a crash it may be found again. */
  done(number: number): void;
  /** Rows found at the start that are not done by now, oldest first. */
  recovered(): readonly SpooledRow[];
  /** What was found damaged at the start: at least so many rows, and their bytes. */
  damage(): { rows: number; bytes: number };
  /** Rows that are not done, the bytes that they take, and the most that they may take. */
  usage(): { rows: number; bytes: number; maxBytes: number };
  /** Writes what is waiting and frees the directory for another process. Waits for the disk. May be
   * called again. */
  close(): Promise<void>;
}

export type SpoolOptions = {
  /** Prepared by `prepareSpool` with the same `maxBytes`, before the process has permissions. */
  directory: string;
  /** What the spool may take on disk. */
  maxBytes: number;
  /** Called when the disk fails or stops answering. */
  onFailure?: (error: Error) => void;
};

/** Opens a spool and reads what it holds. Rejects with SpoolUnavailable. */
export type OpenSpool = (options: SpoolOptions) => Promise<Spool>;
