// A store whose disk may be full: it reports that, keeps room to erase, and takes updates again once
// there is room.
//
// When a write finds the disk full, the reserve is released (reserve.ts). From then on operations
// that need room are refused without an attempt, and operations that free room continue. Each ping
// tries to allocate the reserve again, and to write something; if both succeed, the store is ready.

import { accessSync, constants, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type SessionStore, StoreUnavailable } from '../session-store.ts';
import { DISK_FULL, refusingAs } from './failure.ts';
import type { Reserve } from './reserve.ts';

/** The same store, keeping room on its disk. */
export function keepingRoom<Store extends SessionStore & { removeExpired(): Promise<number> }>(
  store: Store,
  { database, path, reserve }: { database: DatabaseSync; path: string; reserve: Reserve },
): Store {
  const { ino } = statSync(path);
  const page = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  // Never raises SQLite's own limit of the log.
  const { wal_autocheckpoint: pages } = database.prepare('PRAGMA wal_autocheckpoint').get() ?? {};
  if (reserve.logMaxBytes > 0 && reserve.logMaxBytes < Number(pages) * page)
    database.exec(
      `PRAGMA wal_autocheckpoint = ${Math.max(1, Math.floor(reserve.logMaxBytes / page))}`,
    );
  if (!reserve.isHeld()) refusingAs('open', takeBack);

  return {
    ...store,
    append: (append, limits) => needing('append', () => store.append(append, limits)),
    compact: (compaction, limits) => needing('compact', () => store.compact(compaction, limits)),
    touch: (touch, limits) => needing('touch', () => store.touch(touch, limits)),
    lock: (request, limits) => needing('lock', () => store.lock(request, limits)),
    quarantine: (moves, limits) => needing('quarantine', () => store.quarantine(moves, limits)),
    index: (entry, limits) => needing('index', () => store.index(entry, limits)),
    erase: (erasure, limits) => making(() => store.erase(erasure, limits)),
    unlock: (lock, limits) => making(() => store.unlock(lock, limits)),
    forgetLapsed: (lock, limits) => making(() => store.forgetLapsed(lock, limits)),
    unindex: (entries, limits) => making(() => store.unindex(entries, limits)),
    eraseUser: (erasure, limits) => making(() => store.eraseUser(erasure, limits)),
    removeExpired: () => making(() => store.removeExpired()),
    async ping() {
      refusingAs('ping', lookAtFile);
      if (!reserve.isHeld()) await writeAgain();
      if (!reserve.hasRoomForUpdate()) throw new StoreUnavailable('ping', DISK_FULL);
      await store.ping();
    },
  };

  /** Runs an operation that needs room. */
  async function needing<Result>(operation: string, run: () => Promise<Result>): Promise<Result> {
    if (!reserve.isHeld()) throw new StoreUnavailable(operation, DISK_FULL);
    try {
      return await run();
    } catch (error) {
      if (isFull(error)) reserve.release();
      throw error;
    }
  }

  /** Runs an operation that frees room: if there is no other room, with the reserve. */
  async function making<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!isFull(error) || !reserve.isHeld()) throw error;
      reserve.release();
      return await run();
    }
  }

  async function writeAgain(): Promise<void> {
    refusingAs('ping', takeBack);
    if (!reserve.isHeld()) throw new StoreUnavailable('ping', DISK_FULL);
    await needing('ping', async () => refusingAs('ping', writeSomething));
  }

  function takeBack(): void {
    const { freelist_count: pages } = database.prepare('PRAGMA freelist_count').get() ?? {};
    reserve.take(Number(pages) * page);
  }

  /** Writes a page without a change. */
  function writeSomething(): void {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
    database.exec(`PRAGMA user_version = ${version}`);
  }

  /** If the file was removed or replaced while the database is open, its updates are lost at the
   * next start. */
  function lookAtFile(): void {
    accessSync(path, constants.W_OK);
    if (statSync(path).ino !== ino) {
      const text = 'the database file was replaced by another one while it was open';
      const refusal = { kind: 'file_unusable', isLasting: true, text } as const;
      throw new StoreUnavailable('ping', { reason: text, refusal });
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof StoreUnavailable && error.refusal?.kind === 'disk_full';
}
