// The store on Redis, standalone or Cluster: a session is one hash, a user's index one sorted set, and every
// operation one script on one key. The scripts keep the promises of session-store.ts (scripts/*.lua say how);
// this file hands them their arguments and reads their answers.
//
//   {prefix}{<session id>}       revision, incarnation, chain, created_at, expires_at, flow,
//                                snapshot_bytes, delta_bytes, recent, and one field per live frame
//   {prefix}user:{<user id>}     see scripts/index.lua

import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { AppendResult, CompactResult, IndexedSession, SessionStore } from '../session-store.ts';
import { recentText, storedHead } from '../stored-value.ts';
import { openConnection } from './connection.ts';
import { loadScript, runScript, type Script } from './script.ts';
import { createKeys } from './session-key.ts';
import { storedSessionFrom } from './stored-session.ts';
import type { Client, ConnectionOptions } from './topology.ts';

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
  const scripts = {
    append: loadScript('append'),
    read: loadScript('read'),
    compact: loadScript('compact'),
    index: loadScript('index'),
  };
  const connection = openConnection(options);

  const ageMs = (receivedAtMs: number) => String(Math.max(0, Math.round(nowMonotonicMs() - receivedAtMs)));
  const run = (operation: string, script: Script, key: string, args: () => (string | Buffer)[]) =>
    connection.send({ operation, key, command: (client) => runScript(client, script, { key, args }) });

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
      ]);
      return appendResultFrom(reply as (Buffer | number)[]);
    },

    async read(sessionId) {
      const reply = await run('read', scripts.read, keys.session(sessionId), () => []);
      const [nowMs, fields] = reply as [number, Buffer[]];
      return storedSessionFrom(nowMs, fieldsFrom(fields));
    },

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

    async index(entry) {
      await run('index', scripts.index, keys.user(entry.userId), () => [
        entry.sessionId,
        String(entry.eventMs),
        ageMs(entry.receivedAtMonotonicMs),
        String(entry.ttlMs),
      ]);
    },

    async userSessions(userId, { offset, limit }) {
      const key = keys.user(userId);
      const range = [key, '+inf', 1, 'BYSCORE', 'REV', 'LIMIT', offset, limit, 'WITHSCORES'];
      const command = (client: Client) => client.callBuffer('zrange', range).catch(nothingIfForeign);
      const reply = await connection.send({ operation: 'userSessions', key, command });
      return indexedSessionsFrom(reply as Buffer[]);
    },

    ping: () => connection.ping(),
    async close() {
      connection.close();
    },
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fieldsFrom(reply: Buffer[]): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let place = 0; place + 1 < reply.length; place += 2) {
    fields.set(String(reply[place]), reply[place + 1] as Buffer);
  }
  return fields;
}

/** The answers of scripts/append.lua. */
function appendResultFrom([status, ...rest]: (Buffer | number)[]): AppendResult {
  switch (String(status)) {
    case 'stored': {
      const [revision, etag, snapshotBytes, deltaBytes, created, repaired, setAside] = rest;
      return {
        status: 'stored',
        revision: Number(revision),
        etag: String(etag),
        snapshotBytes: Number(snapshotBytes),
        deltaBytes: Number(deltaBytes),
        created: created === 1,
        repaired: repaired === 1,
        setAside: setAside === 1,
      };
    }
    case 'known':
      return { status: 'known', revision: Number(rest[0]), etag: String(rest[1]) };
    case 'needs-fold':
      return { status: 'needs-fold', snapshotBytes: Number(rest[0]), deltaBytes: Number(rest[1]) };
    default:
      throw new Error(`append.lua answered ${status}`);
  }
}

/** What is no index holds no sessions; the next note renames it aside. */
function nothingIfForeign(error: unknown): Buffer[] {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}

/** Members and scores in turn; `e` stands in front of each session id. */
function indexedSessionsFrom(reply: Buffer[]): IndexedSession[] {
  const sessions: IndexedSession[] = [];
  for (let place = 0; place + 1 < reply.length; place += 2) {
    sessions.push({ sessionId: String(reply[place]).slice(1), eventMs: Number(reply[place + 1]) });
  }
  return sessions;
}
