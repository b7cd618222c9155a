// The sessions of each user, to be found by the user: one sorted set per user. What its members mean, and what
// keeps it small, is said in scripts/index.lua.

import { type IndexResult, type SessionStore, TOMBSTONE_GRAIN_MS } from '../session-store.ts';
import type { RedisConnection } from './connection.ts';
import { loadScript, runScript, type Script, type ScriptArguments } from './script.ts';
import { indexedSessionsFrom, storedUserFrom } from './script-replies.ts';
import type { Client } from './topology.ts';

export type UserIndex = Pick<
  SessionStore,
  'index' | 'unindex' | 'eraseUser' | 'userSessions' | 'inspectUser'
>;

/** The part of the store that is about users. `ageMs` says, as text, how long ago an instant was. */
export function createRedisUserIndex({
  connection,
  keyOf,
  ageMs,
}: {
  connection: RedisConnection;
  keyOf: (userId: string) => string;
  ageMs: (receivedAtMonotonicMs: number) => string;
}): UserIndex {
  const scripts = {
    index: loadScript('index'),
    unindex: loadScript('unindex'),
    eraseUser: loadScript('erase_user'),
    inspectUser: loadScript('inspect_user'),
  };
  const run = (operation: string, script: Script, userId: string, args: () => ScriptArguments) => {
    const key = keyOf(userId);
    return connection.send({
      operation,
      key,
      command: (client) => runScript(client, script, { keys: [key], args }),
    });
  };

  return {
    async index(entry) {
      const reply = await run('index', scripts.index, entry.userId, () => [
        entry.sessionId,
        String(entry.eventMs),
        ageMs(entry.receivedAtMonotonicMs),
        String(entry.ttlMs),
      ]);
      return String(reply) as IndexResult;
    },

    async unindex({ userId, sessionIds }) {
      return Number(await run('unindex', scripts.unindex, userId, () => sessionIds));
    },

    async eraseUser({ userId, receivedAtMonotonicMs, tombstoneTtlMs }) {
      await run('eraseUser', scripts.eraseUser, userId, () => [
        ageMs(receivedAtMonotonicMs),
        String(tombstoneTtlMs),
        String(TOMBSTONE_GRAIN_MS),
      ]);
    },

    async userSessions(userId, { offset, limit }) {
      const key = keyOf(userId);
      const range = [key, '+inf', 1, 'BYSCORE', 'REV', 'LIMIT', offset, limit, 'WITHSCORES'];
      const command = (client: Client) => client.callBuffer('zrange', range).catch(nothingIfForeign);
      const reply = await connection.send({ operation: 'userSessions', key, command });
      return indexedSessionsFrom(reply as Buffer[]);
    },

    async inspectUser(userId) {
      const reply = await run('inspectUser', scripts.inspectUser, userId, () => []);
      return storedUserFrom(reply as number[]);
    },
  };
}

/** What is no index holds no sessions; the next note renames it aside. */
function nothingIfForeign(error: unknown): Buffer[] {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}
