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
//   {prefix}{:ends:<number>}     see ends/ends.ts

import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { EchoEvents } from '../echo-events.ts';
import { recentBinary, recentLines } from '../recent-updates.ts';
import {
  type Append,
  type CompactResult,
  ERASED_UPDATES,
  type SessionStore,
} from '../session-store.ts';
import { storedHead } from '../stored-head.ts';
import { fingerprintOf } from '../stored-value.ts';
import { appendArguments } from './append-arguments.ts';
import { openConnection } from './connection/connection.ts';
import type { ConnectionOptions } from './connection/topology.ts';
import { createEcho, type EchoOptions } from './echo/echo.ts';
import { echoedEtag, etagIn, ifMatchAt } from './echo/echoed-etag.ts';
import { createKeepAcknowledged } from './echo/keep-acknowledged.ts';
import { createOffer } from './echo/offer.ts';
import type { ReplicationSample } from './echo/replication-sample.ts';
import { createEnds, type ReportedEnds } from './ends/ends.ts';
import { createPlacement } from './placement.ts';
import { createRedisLocks } from './redis-locks.ts';
import { createRedisTouch } from './redis-touch.ts';
import { createRedisUserIndex } from './redis-user-index.ts';
import { createRunScripts, type ScriptRead } from './run-scripts.ts';
import { appendResultFrom, eraseResultFrom } from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';
import { createKeys } from './session-key.ts';
import { createSessionScan } from './session-scan.ts';
import { StoredFields } from './stored-fields.ts';
import { sessionIn, storedKeyFrom } from './stored-key.ts';
import type { TimedWrite } from './timed-write.ts';
import { confirmedOfAppend, confirmedOfErase } from './to-confirm.ts';
import { createWatchOnFirstUse } from './watching/watch-on-first-use.ts';
import type { WatchingEvents } from './watching/watched-keys.ts';

export type RedisStoreOptions = ConnectionOptions &
  EchoEvents &
  ReportedEnds &
  WatchingEvents & {
    /** Given if acknowledged writes are kept, and given back after a failover; see echo/echo.ts. */
    echo?: EchoOptions | undefined;
    /** The beginning of every key. Holds no brace. */
    keyPrefix: string;
  };

/** Opens the store. It connects in the background; until that succeeds, calls throw
 * StoreUnavailable. */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { keyPrefix, commandTimeoutMs, nowMonotonicMs = () => performance.now() } = options;
  const keys = createKeys(keyPrefix);
  const scripts = loadScripts();
  const echo = options.echo && createEcho({ ...options, ...options.echo, nowMonotonicMs });
  const kept = echo && createKeepAcknowledged(echo, nowMonotonicMs);
  const connection = openConnection({
    ...{ ...options, onSampling: echo?.onSampling },
    onKeyExpired: (key) => ends?.keyExpired(key),
  });
  const run = createRunScripts({
    ...{ connection, commandTimeoutMs, nowMonotonicMs, ready: echo?.ready },
  });
  const ends = options.ends && createEnds({ ...options, connection, run, keys, nowMonotonicMs });

  const readKey = (operation: string, sessionId: string, isUngated = false) =>
    run.read({ operation, script: scripts.read, key: keys.session(sessionId), isUngated });

  const sessionOf = ({ nowMs, facts, master }: ScriptRead) => {
    const session = sessionIn(nowMs, new StoredFields(facts));
    if (session) session.etag = echoedEtag(session.etag, master);
    return session;
  };

  const watchedKeys = createWatchOnFirstUse(connection, options);

  const writesMoments = options.echo?.writesMoments ?? false;
  const argumentsOf = (append: Append, master: ReplicationSample | undefined) =>
    appendArguments(append, { master, writesMoments });

  const store: SessionStore = {
    append(append, limits) {
      const { sessionId, receivedAtMonotonicMs, earliestMonotonicMs } = append;
      const key = keys.session(sessionId);
      const keep = kept?.append(key, append);
      let answering: ReplicationSample | undefined;
      const write: TimedWrite = {
        ...{ operation: 'append', script: scripts.append, key },
        ...{ receivedAtMonotonicMs, earliestMonotonicMs, limits },
        isGated: append.lockToken !== '' || append.ifMatch !== '',
        args: (master) => argumentsOf(append, master),
        onAcknowledged(answer, sent) {
          answering = sent.master;
          keep?.(answer, sent);
        },
      };
      return run.keep(write, confirmedOfAppend, (reply, durability) => {
        const result = appendResultFrom(reply, durability);
        if ('etag' in result) result.etag = echoedEtag(result.etag, answering);
        return result;
      });
    },

    read: (sessionId) => readKey('read', sessionId).then(sessionOf),

    async inspect(sessionId) {
      const { nowMs, facts, master } = await readKey('inspect', sessionId);
      const stored = storedKeyFrom(nowMs, new StoredFields(facts));
      if (stored.session) stored.session.etag = echoedEtag(stored.session.etag, master);
      return stored;
    },

    async compact({ sessionId, incarnation, folded, snapshot, recent, isRecentBinary }, limits) {
      const key = keys.session(sessionId);
      // Whatever it holds: an erase may still have to be repeated.
      if (echo?.isHeld(key)) return 'changed';
      const { revision, etag, reception } = snapshot;
      const head = Buffer.from(storedHead(revision, etagIn(etag), reception));
      const [status] = await run.write({
        ...{ operation: 'compact', script: scripts.compact, key, limits },
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

    erase(erasure, limits) {
      const { sessionId, eraseId, askedAtMonotonicMs, tombstoneTtlMs, ifMatch } = erasure;
      const key = keys.session(sessionId);
      const keep = kept?.erase(key, erasure);
      let answering: ReplicationSample | undefined;
      const write: TimedWrite = {
        ...{ operation: 'erase', script: scripts.erase, key, limits, isGated: ifMatch !== '' },
        ...(askedAtMonotonicMs !== undefined && {
          receivedAtMonotonicMs: askedAtMonotonicMs,
          isSentAfterClockSet: true,
        }),
        args: (master) => [
          ...[eraseId, String(tombstoneTtlMs), ifMatchAt(ifMatch, master), String(ERASED_UPDATES)],
          ...[askedAtMonotonicMs === undefined ? '0' : '1', echo ? '1' : '0'],
        ],
        onAcknowledged(answer, sent) {
          answering = sent.master;
          keep?.(answer, sent);
        },
      };
      return run.keep(write, confirmedOfErase, (reply, durability) => {
        const result = eraseResultFrom(reply, durability);
        if ('etag' in result) result.etag = echoedEtag(result.etag, answering);
        return result;
      });
    },

    async quarantine({ sessionId, moves, ttlMs, quarantineMaxBytes }, limits) {
      const triples = moves.flatMap(({ move, name, value }) => [
        move,
        name,
        createHash('sha1').update(value).digest('hex'),
      ]);
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

    touch: createRedisTouch({ run, keyOf: keys.session }),
    ...createRedisLocks({ run, keyOf: keys.session }),
    ...createRedisUserIndex({ connection, run, keyOf: keys.user, kept }),
    ...createSessionScan(connection, keyPrefix),
    ...createPlacement(connection, keys),
    noteEnd: () => Promise.resolve(true),
    watch: (sessionId, follower) => watchedKeys.watch(keys.session(sessionId), follower),
    ping: () => connection.ping(),
    async close() {
      echo?.close();
      watchedKeys.close();
      connection.close();
    },
  };

  const readUngated = async (sessionId: string) => {
    const read = await readKey('read', sessionId, true);
    return { session: sessionOf(read), master: read.master };
  };
  echo?.start({ connection, offer: createOffer({ run, store, read: readUngated, argumentsOf }) });
  return ends?.of(store) ?? store;
}

function loadScripts() {
  return {
    append: loadScript('append'),
    read: loadScript('read'),
    compact: loadScript('compact'),
    erase: loadScript('erase'),
    quarantine: loadScript('quarantine'),
    unseal: loadScript('unseal'),
  };
}

/** Names of fields are latin-1, like fingerprints: a damaged one may hold any byte. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
