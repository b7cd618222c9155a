// The store on Redis, whatever its topology: a session is one hash, a user's index one sorted set,
// and every operation one script on one key. The scripts keep the promises of session-store.ts
// (scripts/*.lua say how); this file passes their arguments, scripts/replies.ts reads their answers.
//
//   {prefix}{<session id>}       revision, incarnation, chain, created_at, expires_at, flow,
//                                snapshot_bytes, delta_bytes, recent, noted, and one field per live
//                                frame;
//                                also without a session: lock, tombstone, erased,
//                                quarantine:<frame>
//   {prefix}user:{<user id>}     see redis-user-index.ts

import { createHash, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { recentBinary, recentLines } from '../recent-updates.ts';
import {
  type CompactResult,
  ERASED_UPDATES,
  LAPSED_LOCK_MS,
  type SessionStore,
} from '../session-store.ts';
import { storedHead } from '../stored-head.ts';
import { fingerprintOf } from '../stored-value.ts';
import { highAt, lowAt } from './clock/clock-interval.ts';
import { openConnection } from './connection/connection.ts';
import type { ConnectionOptions } from './connection/topology.ts';
import { createRedisUserIndex } from './redis-user-index.ts';
import { createRunScripts, type ToConfirm } from './run-scripts.ts';
import {
  appendResultFrom,
  eraseResultFrom,
  fieldsFrom,
  lockResultFrom,
  unlockResultFrom,
} from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';
import { createKeys } from './session-key.ts';
import { sessionIn, storedKeyFrom } from './stored-key.ts';

export type RedisStoreOptions = ConnectionOptions & {
  /** The beginning of every key. Holds no brace. */
  keyPrefix: string;
};

/** Opens the store. It connects in the background; until that succeeds, calls throw
 * StoreUnavailable. */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { keyPrefix, commandTimeoutMs, nowMonotonicMs = () => performance.now() } = options;
  const keys = createKeys(keyPrefix);
  const scripts = loadScripts();
  const connection = openConnection(options);
  const run = createRunScripts({ connection, commandTimeoutMs, nowMonotonicMs });

  const readKey = async (operation: string, sessionId: string) => {
    const key = keys.session(sessionId);
    const { nowMs, facts } = await run.read({ operation, script: scripts.read, key });
    return { nowMs, fields: fieldsFrom(facts[0] as unknown as Buffer[]) };
  };

  return {
    async append(append, limits) {
      const { sessionId, receivedAtMonotonicMs, earliestMonotonicMs } = append;
      const write = {
        ...{ operation: 'append', script: scripts.append, key: keys.session(sessionId) },
        ...{ receivedAtMonotonicMs, earliestMonotonicMs, limits },
        args: [
          append.updateId,
          bufferOf(append.frame),
          append.flowId,
          String(append.ttlMs),
          String(append.sessionMaxBytes),
          randomUUID().replaceAll('-', ''),
          append.lockToken,
          append.ifMatch,
          append.userId,
          String(append.eventMs),
        ],
      };
      const { reply, durability } = await run.keep(write, confirmedOfAppend);
      return appendResultFrom(reply, durability);
    },

    async read(sessionId) {
      const { nowMs, fields } = await readKey('read', sessionId);
      return sessionIn(nowMs, fields);
    },

    async inspect(sessionId) {
      const { nowMs, fields } = await readKey('inspect', sessionId);
      return storedKeyFrom(nowMs, fields);
    },

    async compact({ sessionId, incarnation, folded, snapshot, recent, isRecentBinary }, limits) {
      const head = Buffer.from(storedHead(snapshot.revision, snapshot.etag, snapshot.reception));
      const [status] = await run.write({
        ...{ operation: 'compact', script: scripts.compact, key: keys.session(sessionId), limits },
        args: [
          incarnation,
          snapshot.name,
          Buffer.concat([head, snapshot.frame]),
          isRecentBinary ? recentBinary(recent) : recentLines(recent),
          ...folded.flatMap(({ name, value }) => [bytesOf(name), bytesOf(fingerprintOf(value))]),
        ],
      });
      return String(status) as CompactResult;
    },

    async lock({ sessionId, token, ttlMs, renew }, limits) {
      const reply = await run.write({
        ...{ operation: 'lock', script: scripts.lock, key: keys.session(sessionId), limits },
        args: [token, String(ttlMs), String(LAPSED_LOCK_MS), renew ? '1' : '0'],
      });
      return lockResultFrom(reply);
    },

    async unlock({ sessionId, token }, limits) {
      const reply = await run.write({
        ...{ operation: 'unlock', script: scripts.unlock, key: keys.session(sessionId), limits },
        args: [token, String(LAPSED_LOCK_MS), '0'],
      });
      return unlockResultFrom(reply);
    },

    async forgetLapsed({ sessionId, token }, limits) {
      const reply = await run.write({
        ...{
          operation: 'forgetLapsed',
          script: scripts.unlock,
          key: keys.session(sessionId),
          limits,
        },
        args: [token, String(LAPSED_LOCK_MS), '1'],
      });
      const result = unlockResultFrom(reply);
      return result.status === 'lost' && result.lapsed;
    },

    async erase({ sessionId, eraseId, askedAtMonotonicMs, tombstoneTtlMs, ifMatch }, limits) {
      const write = {
        ...{ operation: 'erase', script: scripts.erase, key: keys.session(sessionId), limits },
        ...(askedAtMonotonicMs !== undefined && {
          receivedAtMonotonicMs: askedAtMonotonicMs,
          isSentAfterClockSet: true,
        }),
        args: [
          ...[eraseId, String(tombstoneTtlMs), ifMatch, String(ERASED_UPDATES)],
          askedAtMonotonicMs === undefined ? '0' : '1',
        ],
      };
      const { reply, durability } = await run.keep(write, confirmedOfErase);
      return eraseResultFrom(reply, durability);
    },

    async quarantine({ sessionId, moves, ttlMs, quarantineMaxBytes }, limits) {
      const triples = moves.flatMap(({ move, name, value }) => [move, name, sha1Of(value)]);
      const [, names] = await run.write({
        ...{
          operation: 'quarantine',
          script: scripts.quarantine,
          key: keys.session(sessionId),
          limits,
        },
        args: [String(ttlMs), String(quarantineMaxBytes), ...triples],
      });
      return (names as unknown as Buffer[]).map(String);
    },

    async unseal(sessionId, limits) {
      const key = keys.session(sessionId);
      await run.write({ operation: 'unseal', script: scripts.unseal, key, limits, args: [] });
    },

    async unnote(sessionId, limits) {
      const key = keys.session(sessionId);
      await run.write({ operation: 'unnote', script: scripts.unnote, key, limits, args: [] });
    },

    ...createRedisUserIndex({ connection, run, keyOf: keys.user }),
    momentOf(sessionId, receivedAtMonotonicMs) {
      const clock = connection.lastClock(keys.session(sessionId));
      if (clock === undefined) return undefined;
      return {
        earliestMs: receivedAtMonotonicMs + lowAt(clock, receivedAtMonotonicMs),
        latestMs: receivedAtMonotonicMs + highAt(clock, receivedAtMonotonicMs),
      };
    },
    shardOfSession: (sessionId) => connection.addressOf(keys.session(sessionId)) ?? '',
    shardOfUser: (userId) => connection.addressOf(keys.user(userId)) ?? '',
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
    unseal: loadScript('unseal'),
    unnote: loadScript('unnote'),
  };
}

function confirmedOfAppend(status: string): ReturnType<ToConfirm> {
  if (status === 'known') return 'earlier write';
  return status === 'stored' ? 'write' : undefined;
}

/** Its answer does not say whether it repeats another one. */
function confirmedOfErase(status: string): ReturnType<ToConfirm> {
  return status === 'erased' ? 'earlier write' : undefined;
}

/** Names of fields are latin-1, like fingerprints: a damaged one may hold any byte. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
