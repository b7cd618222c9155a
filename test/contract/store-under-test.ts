// What a store hands to the contract suite, and the few things that its tests are built from.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { recentBinary, recentFrom, recentLines } from '../../src/store/recent-updates.ts';
import type {
  Append,
  AppendResult,
  Compaction,
  RecentUpdate,
  SessionStore,
  StoredFrame,
  StoredSession,
} from '../../src/store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import { snapshotName } from '../../src/store/stored-value.ts';

/** A field of a session's metadata, by its name at rest. */
export type MetadataField =
  | 'revision'
  | 'incarnation'
  | 'chain'
  | 'created_at'
  | 'expires_at'
  | 'snapshot_bytes'
  | 'delta_bytes'
  | 'lock'
  | 'tombstone'
  /** Of a later version. */
  | 'last_event'
  | 'noted';

/**
 * One injury to a stored session. A field is overwritten with text, or removed where `text` is
 * undefined; its seal is removed with it, as if an older version had written the session, unless
 * `keepsSeal`. A frame's whole stored value, head included, is overwritten with bytes.
 */
export type Damage =
  | { field: MetadataField; text: string | undefined; keepsSeal?: boolean }
  | { frame: string; value: Buffer };

/** A store, and the means to injure what it holds behind its back. */
export type StoreUnderTest = {
  store: SessionStore;
  tamper(sessionId: string, damage: Damage): Promise<void>;
};

/** Opens the store under test: a connection of its own, to the same server or file each time. */
export type OpenStore = () => Promise<StoreUnderTest>;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** More than any call takes, far less than the ages and lives that contracts compare. */
export const SLACK_MS = 5_000;
export const NO_LIMIT_BYTES = 1_000_000_000;
const PATIENCE_MS = 30_000;

/** A session id that no other test has. */
export function newSessionId(): string {
  return `contract-${randomUUID()}`;
}

/** An update id that no other test has. */
export function newUpdateId(): string {
  return randomBytes(16).toString('base64url');
}

/** An append of a few random bytes that lives for a day, but for what is given. */
export function appendOf(sessionId: string, given: Partial<Append> = {}): Append {
  return {
    sessionId,
    updateId: newUpdateId(),
    frame: randomBytes(48),
    flowId: '',
    receivedAtMonotonicMs: performance.now(),
    ttlMs: DAY_MS,
    sessionMaxBytes: NO_LIMIT_BYTES,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
    ...given,
  };
}

/** The instant so long ago, for an update that has waited. */
export function receivedAgo(ageMs: number): number {
  return performance.now() - ageMs;
}

/** Appends that must be stored; answers what was stored. */
export async function store(tested: StoreUnderTest, append: Append) {
  return stored(await tested.store.append(append));
}

/** The answer of an append that must have been stored. */
export function stored(result: AppendResult) {
  if (result.status !== 'stored') throw new Error(`the append answered ${result.status}`);
  return result;
}

/** Stores so many small updates, one after the other; answers their appends. */
export async function storeMany(
  tested: StoreUnderTest,
  sessionId: string,
  count: number,
): Promise<Append[]> {
  const appends = Array.from({ length: count }, () => appendOf(sessionId));
  for (const append of appends) await store(tested, append);
  return appends;
}

/** A new session of so many frames, as it was read. */
export async function sessionOf(tested: StoreUnderTest, frames: number) {
  const sessionId = newSessionId();
  await storeMany(tested, sessionId, frames);
  return { sessionId, view: await readLive(tested, sessionId) };
}

/** A session that must be live. */
export async function readLive(tested: StoreUnderTest, sessionId: string): Promise<StoredSession> {
  const session = await tested.store.read(sessionId);
  if (session === undefined) throw new Error('the session is missing');
  return session;
}

/** A session without the instant of its reading: what must be equal if nothing was written. */
export async function readStill(tested: StoreUnderTest, sessionId: string) {
  const { nowMs: _, ...still } = await readLive(tested, sessionId);
  return still;
}

/** The life of a session that is watched until it ends, unless the machine is too busy for it. */
const SHORT_LIFE_MS = 100;
const SHORT_LIFE_MAX_MS = 10_000;

/** Runs what must happen while a session lives for `ttlMs`. Where that fails and has taken longer,
 * it runs again, with twice the life; a failure within the life is a failure. */
export async function inShortLife<Value>(run: (ttlMs: number) => Promise<Value>): Promise<Value> {
  for (let ttlMs = SHORT_LIFE_MS; ; ttlMs *= 2) {
    const startedMs = performance.now();
    try {
      return await run(ttlMs);
    } catch (error) {
      if (performance.now() - startedMs < ttlMs || ttlMs > SHORT_LIFE_MAX_MS) throw error;
    }
  }
}

/** Waits until a session reads as missing. The reading itself must not keep it alive. */
export async function untilMissing(tested: StoreUnderTest, sessionId: string): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    if ((await tested.store.read(sessionId)) === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the session still reads as live after ${PATIENCE_MS} ms`);
}

/** The etag after an update: the first 20 hex digits of SHA-1(previous etag, update id, last 32
 * bytes of its frame). */
export function nextEtag(
  etag: string,
  { updateId, frame }: Pick<Append, 'updateId' | 'frame'>,
): string {
  return hexDigits(etag, updateId, frame.subarray(-32));
}

/** The etag that a session's first update follows. */
export function seedEtag(incarnation: string): string {
  return hexDigits(incarnation);
}

function hexDigits(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 20);
}

/** What frames of one kind weigh in the store. */
export function storedBytes(frames: StoredFrame[], kind: StoredFrame['kind']): number {
  return frames
    .filter((frame) => frame.kind === kind)
    .reduce((sum, frame) => sum + STORED_HEAD_BYTES + frame.bytes.length, 0);
}

/** The compaction of a session as it was read: all its frames, or those given, into one snapshot. */
export function compactionOf(
  sessionId: string,
  session: StoredSession,
  given: Partial<Omit<Compaction, 'folded'>> & { folded?: StoredFrame[] } = {},
): Compaction {
  const folded = given.folded ?? session.frames;
  const last = folded.at(-1);
  const recent =
    given.recent ??
    [...recentFrom(session.recent), ...folded.filter(isDelta).map(recentUpdateFrom)].slice(-64);
  const written = given.isRecentBinary ? recentBinary(recent) : recentLines(recent);
  return {
    sessionId,
    incarnation: session.incarnation,
    folded,
    snapshot: {
      name: snapshotName(randomBytes(8).toString('hex'), written),
      revision: last?.revision ?? 0,
      etag: last?.etag ?? session.etag,
      frame: randomBytes(64),
    },
    recent,
    ...given,
  };
}

function isDelta(frame: StoredFrame): boolean {
  return frame.kind === 'delta';
}

function recentUpdateFrom(frame: StoredFrame): RecentUpdate {
  return { updateId: frame.name, revision: frame.revision, etag: frame.etag };
}
