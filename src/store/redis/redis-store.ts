// The store on Redis, whatever its topology: a session is one hash, a user's index one sorted set, and every
// operation one script on one key. The scripts keep the promises of session-store.ts (scripts/*.lua say how);
// this file hands them their arguments, script-replies.ts reads their answers.
//
//   {prefix}{<session id>}       revision, incarnation, chain, created_at, expires_at, flow,
//                                snapshot_bytes, delta_bytes, recent, and one field per live frame;
//                                beside the session: lock, tombstone, erased, quarantine:<frame>
//   {prefix}user:{<user id>}     see redis-user-index.ts

import { createHash, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import {
  type CompactResult,
  ERASED_UPDATES,
  LAPSED_LOCK_MS,
  type SessionStore,
  TOMBSTONE_GRAIN_MS,
} from '../session-store.ts';
import { recentText, storedHead } from '../stored-value.ts';
import { openConnection } from './connection.ts';
import { createRedisUserIndex } from './redis-user-index.ts';
import { loadScript, runScript, type Script, type ScriptArguments } from './script.ts';
import {
  appendResultFrom,
  eraseResultFrom,
  fieldsFrom,
  lockResultFrom,
  type Reply,
  unlockResultFrom,
} from './script-replies.ts';
import { createKeys } from './session-key.ts';
import { storedKeyFrom } from './stored-key.ts';
import type { ConnectionOptions } from './topology.ts';

export type RedisStoreOptions = ConnectionOptions & {
  /** In front of every key. Holds no brace. */
  keyPrefix: string;
  /** The clock of `receivedAtMonotonicMs`. */
  nowMonotonicMs?: () => number;
};

/** Opens the store. Connecting goes on in the background; until it succeeds, calls throw StoreUnavailable. */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { keyPrefix, nowMonotonicMs = () => performance.now() } = options;
  const keys = createKeys(keyPrefix);
  const scripts = loadScripts();
  const connection = openConnection(options);

  const ageMs = (receivedAtMs: number) => String(Math.max(0, Math.round(nowMonotonicMs() - receivedAtMs)));
  const run = (operation: string, script: Script, key: string, args: () => ScriptArguments) =>
    connection.send({
      operation,
      key,
      command: (client) => runScript(client, script, { keys: [key], args }),
    });
  const readKey = async (operation: string, sessionId: string) => {
    const reply = await run(operation, scripts.read, keys.session(sessionId), () => []);
    const [nowMs, fields] = reply as [number, Buffer[]];
    return storedKeyFrom(nowMs, fieldsFrom(fields));
  };

  return {
    async append(append) {
      const frame = bufferOf(append.frame);
      const reply = await run('append', scripts.append, keys.session(append.sessionId), () => [
        append.updateId,
        frame,
        append.flowId,
        ageMs(append.receivedAtMonotonicMs),
        String(append.ttlMs),
        String(append.sessionMaxBytes),
        randomUUID().replaceAll('-', ''),
        append.lockToken,
        append.ifMatch,
      ]);
      return appendResultFrom(reply as Reply);
    },

    read: async (sessionId) => (await readKey('read', sessionId)).session,
    inspect: (sessionId) => readKey('inspect', sessionId),

    async compact({ sessionId, incarnation, folded, snapshot, recent }) {
      const head = Buffer.from(storedHead(snapshot.revision, snapshot.etag));
      const reply = await run('compact', scripts.compact, keys.session(sessionId), () => [
        incarnation,
        snapshot.name,
        Buffer.concat([head, snapshot.frame]),
        recentText(recent),
        ...folded.flatMap((frame) => [frame.name, Buffer.from(frame.fingerprint, 'latin1')]),
      ]);
      return String(reply) as CompactResult;
    },

    async lock({ sessionId, token, ttlMs, renew }) {
      const args = [token, String(ttlMs), String(LAPSED_LOCK_MS), renew ? '1' : '0'];
      const reply = await run('lock', scripts.lock, keys.session(sessionId), () => args);
      return lockResultFrom(reply as Reply);
    },

    async unlock({ sessionId, token }) {
      const args = [token, String(LAPSED_LOCK_MS), '0'];
      const reply = await run('unlock', scripts.unlock, keys.session(sessionId), () => args);
      return unlockResultFrom(reply as Reply);
    },

    async forgetLapsed({ sessionId, token }) {
      const args = [token, String(LAPSED_LOCK_MS), '1'];
      const reply = await run('forgetLapsed', scripts.unlock, keys.session(sessionId), () => args);
      const result = unlockResultFrom(reply as Reply);
      return result.status === 'lost' && result.lapsed;
    },

    async erase(erasure) {
      const reply = await run('erase', scripts.erase, keys.session(erasure.sessionId), () => [
        erasure.eraseId,
        ageMs(erasure.receivedAtMonotonicMs),
        String(erasure.tombstoneTtlMs),
        erasure.ifMatch,
        String(TOMBSTONE_GRAIN_MS),
        String(ERASED_UPDATES),
      ]);
      return eraseResultFrom(reply as Reply);
    },

    async quarantine({ sessionId, moves, ttlMs, quarantineMaxBytes }) {
      const triples = moves.flatMap(({ move, name, value }) => [move, name, sha1Of(value)]);
      const args = [String(ttlMs), String(quarantineMaxBytes), ...triples];
      const reply = await run('quarantine', scripts.quarantine, keys.session(sessionId), () => args);
      return (reply as Buffer[]).map(String);
    },

    ...createRedisUserIndex({ connection, keyOf: keys.user, ageMs }),
    ping: () => connection.ping(),
    async close() {
      connection.close();
    },
  };
}

function loadScripts() {
  return {
    append: loadScript('append'),
    read: loadScript('read'),
    compact: loadScript('compact'),
    lock: loadScript('lock'),
    unlock: loadScript('unlock'),
    erase: loadScript('erase'),
    quarantine: loadScript('quarantine'),
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
