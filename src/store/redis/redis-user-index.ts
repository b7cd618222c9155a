// The sessions of each user, to be found by the user: one sorted set per user. scripts/index.lua
// describes its members, and what keeps it small.

import type { IndexResult, SessionStore } from '../session-store.ts';
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
    async index(entry, limits) {
      const { userId, sessionId, eventMs, ttlMs, ...moment } = entry;
      const key = keyOf(userId);
      const write = {
        ...{ operation: 'index', script: scripts.index, key, limits, ...moment },
        onAcknowledged: kept?.index(key, entry),
        args: [sessionId, String(eventMs), String(ttlMs)],
      };
      // A note always writes, since it sets the expiry of the key.
      const toConfirm: ToConfirm = (status) => (status === 'noted' ? 'write' : undefined);
      const { reply, durability } = await run.keep(write, toConfirm);
      return { status: String(reply[0]) as IndexResult['status'], durability };
    },

    async unindex({ userId, sessionIds }, limits) {
      const [, count] = await run.write({
        ...{ operation: 'unindex', script: scripts.unindex, key: keyOf(userId), limits },
        args: sessionIds,
      });
      return Number(count);
    },

    async eraseUser(erasure, limits) {
      const key = keyOf(erasure.userId);
      const write = {
        ...{ operation: 'eraseUser', script: scripts.eraseUser, key, limits },
        args: [String(erasure.tombstoneTtlMs), '0'],
        onAcknowledged: kept?.eraseUser(key, erasure),
      };
      const { durability } = await run.keep(write, () => 'write');
      return { durability };
    },

    async userSessions(userId, { offset, limit }) {
      const key = keyOf(userId);
      const range = [
        key,
        '+inf',
        '1',
        'BYSCORE',
        'REV',
        'LIMIT',
        `${offset}`,
        `${limit}`,
        'WITHSCORES',
      ];
      const command = (server: Server) => server.call('zrange', range).catch(nothingIfForeign);
      const reply = await connection.send({ operation: 'userSessions', key, command });
      return indexedSessionsFrom(reply as Buffer[]);
    },

    async inspectUser(userId) {
      const script = scripts.inspectUser;
      const key = keyOf(userId);
      const { nowMs, facts } = await run.read({ operation: 'inspectUser', script, key });
      return { nowMs, ...storedUserFrom(facts as number[]) };
    },
  };
}

/** A key that holds no index holds no sessions; the next note renames it. */
function nothingIfForeign(error: unknown): Buffer[] {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}
