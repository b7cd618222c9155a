// The sessions of each user, to be found by the user: one sorted set per user. scripts/index.lua
// describes its members, and what keeps it small.

import type { IndexResult, SessionStore } from '../session-store.ts';
import type { IndexedSession } from '../session-walks.ts';
import type { RedisConnection } from './connection/connection.ts';
import type { Server } from './connection/server.ts';
import type { KeepAcknowledged } from './echo/keep-acknowledged.ts';
import type { RunScripts, ToConfirm } from './run-scripts.ts';
import { indexedSessionsFrom, storedUserFrom } from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';

export type UserIndex = Pick<
  SessionStore,
  'index' | 'unindex' | 'eraseUser' | 'userSessions' | 'inspectUser'
>;

/** The part of the store that is about users. */
export function createRedisUserIndex({
  connection,
  run,
  keyOf,
  kept,
}: {
  connection: RedisConnection;
  run: RunScripts;
  keyOf: (userId: string) => string;
  /** Keeps what is acknowledged, to give it back after a failover. */
  kept: KeepAcknowledged | undefined;
}): UserIndex {
  const scripts = {
    index: loadScript('index'),
    unindex: loadScript('unindex'),
    eraseUser: loadScript('erase_user'),
    inspectUser: loadScript('inspect_user'),
  };

  return {
    index(entry, limits) {
      const { userId, sessionId, eventMs, ttlMs, ...moment } = entry;
      const key = keyOf(userId);
      const write = {
        ...{ operation: 'index', script: scripts.index, key, limits, ...moment },
        onAcknowledged: kept?.index(key, entry),
        args: [sessionId, String(eventMs), String(ttlMs)],
      };
      // A note always writes, since it sets the expiry of the key.
      const toConfirm: ToConfirm = (status) => (status === 'noted' ? 'write' : undefined);
      return run.keep(write, toConfirm, ([status], durability) => ({
        ...{ status: String(status) as IndexResult['status'], durability },
      }));
    },

    async unindex({ userId, sessionIds }, limits) {
      const [, count] = await run.write({
        ...{ operation: 'unindex', script: scripts.unindex, key: keyOf(userId), limits },
        args: sessionIds,
      });
      return Number(count);
    },

    eraseUser(erasure, limits) {
      const key = keyOf(erasure.userId);
      const write = {
        ...{ operation: 'eraseUser', script: scripts.eraseUser, key, limits },
        args: [String(erasure.tombstoneTtlMs), '0'],
        onAcknowledged: kept?.eraseUser(key, erasure),
      };
      return run.keep(
        write,
        () => 'write',
        (_, durability) => ({ durability }),
      );
    },

    async userSessions(userId, { offset, limit, after }) {
      if (after === undefined) return entriesOf(userId, '+inf', { offset, limit });
      const found: IndexedSession[] = [];
      for (let skipped = 0; ; skipped += limit) {
        const page = { offset: skipped, limit };
        const entries = await entriesOf(userId, String(after.eventMs), page);
        found.push(...entries.filter((entry) => comesAfter(entry, after)));
        if (entries.length < limit || found.length >= offset + limit)
          return found.slice(offset, offset + limit);
      }
    },

    async inspectUser(userId) {
      const script = scripts.inspectUser;
      const key = keyOf(userId);
      const { nowMs, facts } = await run.read({ operation: 'inspectUser', script, key });
      return { nowMs, ...storedUserFrom(facts as number[]) };
    },
  };

  async function entriesOf(
    userId: string,
    highest: string,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<IndexedSession[]> {
    const key = keyOf(userId);
    const order = ['BYSCORE', 'REV', 'LIMIT', `${offset}`, `${limit}`, 'WITHSCORES'];
    const command = (server: Server) =>
      server.call('zrange', [key, highest, '1', ...order]).catch(nothingIfForeign);
    const reply = await connection.send({ operation: 'userSessions', key, command });
    return indexedSessionsFrom(reply as Buffer[]);
  }
}

/** Whether an entry comes after another one. Those of one time come in the reverse order of the bytes
 * of their ids. */
function comesAfter(entry: IndexedSession, other: IndexedSession): boolean {
  if (entry.eventMs !== other.eventMs) return entry.eventMs < other.eventMs;
  return Buffer.compare(Buffer.from(entry.sessionId), Buffer.from(other.sessionId)) < 0;
}

/** A key that holds no index holds no sessions; the next note renames it. */
function nothingIfForeign(error: unknown): Buffer[] {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}
