// Converts errors of SQLite and of the file system to StoreUnavailable. Any other error is a bug of
// this program, and is not converted.

import { StoreUnavailable } from '../session-store.ts';
import type { StoreRefusal, StoreRefusalKind } from '../store-refusal.ts';

type Reason = { text: string; kind?: StoreRefusalKind };

/** Why SQLite failed, by its primary result code (sqlite.org/rescode.html). A reason with a kind is
 * lasting; the others may disappear within a request. */
const REASONS: ReadonlyMap<number, Reason> = new Map<number, Reason>([
  [3, { text: 'access to the database file was denied', kind: 'file_unusable' }],
  [5, { text: 'the database stayed locked by another connection' }],
  [6, { text: 'a table stayed locked by another connection' }],
  [7, { text: 'memory ran out' }],
  [8, { text: 'the database is read-only', kind: 'read_only' }],
  [10, { text: 'the disk failed', kind: 'disk_failed' }],
  [11, { text: 'the database file is damaged', kind: 'file_unusable' }],
  [13, { text: 'the database or its disk is full', kind: 'disk_full' }],
  [14, { text: 'the database file could not be opened', kind: 'file_unusable' }],
  [15, { text: 'the locking protocol of the database failed' }],
  [26, { text: 'the file is not a database', kind: 'file_unusable' }],
]);

/** SQLITE_IOERR_SHMSIZE: the file that the connections of the database share could not grow. */
const SHARED_FILE_FULL = 4874;
const FULL = 13;

/** Lasting failures of the file system. */
const KINDS_BY_CODE: Readonly<Record<string, StoreRefusalKind>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EROFS: 'read_only',
  EIO: 'disk_failed',
  EACCES: 'file_unusable',
  EPERM: 'file_unusable',
  ENOENT: 'file_unusable',
};

/** The refusal where the disk is known to be full, without another attempt to write. */
export const DISK_FULL = {
  reason: 'the database or its disk is full',
  refusal: { kind: 'disk_full', isLasting: true, text: 'the database or its disk is full' },
} as const;

/** SQLITE_BUSY and SQLITE_LOCKED. */
const BUSY: ReadonlySet<number> = new Set([5, 6]);

/** Runs a step of an operation; failures of the database and of its files are thrown as
 * StoreUnavailable. */
export function refusingAs<T>(operation: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const failure = failureOf(error);
    throw failure === undefined
      ? error
      : new StoreUnavailable(operation, { ...failure, cause: error });
  }
}

/** Whether another connection held a lock that the operation needs: another attempt may succeed. */
export function isBusy(error: unknown): boolean {
  const cause = error instanceof StoreUnavailable ? error.cause : error;
  return cause instanceof Error && 'errcode' in cause && BUSY.has(Number(cause.errcode) & 0xff);
}

function failureOf(
  error: unknown,
): { reason: string; refusal?: StoreRefusal | undefined } | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error) {
    const code = Number(error.errcode);
    // Extended result codes carry the primary one in their low byte.
    const reason = REASONS.get(code === SHARED_FILE_FULL ? FULL : code & 0xff);
    return reason && { reason: reason.text, refusal: refusalOf(reason.kind, reason.text) };
  }
  // A call of the operating system failed, or Node's permission model denied it.
  if (!('syscall' in error || 'permission' in error)) return undefined;
  const kind = 'code' in error ? KINDS_BY_CODE[String(error.code)] : undefined;
  // The text after the comma is the path.
  return { reason: error.message, refusal: refusalOf(kind, error.message.replace(/,.*/s, '')) };
}

function refusalOf(kind: StoreRefusalKind | undefined, text: string): StoreRefusal | undefined {
  return kind && { kind, isLasting: true, text };
}
