// A session as it is read, with what this process still has of it in its spool. What the replay
// would drop is not shown: the same tombstones and the same expiry decide, by the times of these
// reads. So a session that has spooled updates is read with its tombstone, and the tombstone of
// each user named. All of these reads must succeed: spooled updates alone are not certain.

import { fold } from '../../session/fold.ts';
import { readFrame } from '../../session/frame.ts';
import { recentFrom } from '../../store/recent-updates.ts';
import type { StoredKey, StoredSession, StoredUser } from '../../store/session-store.ts';
import {
  type ErasedUpdate,
  loadSession,
  type ReadSession,
  readSession,
  type SpooledUpdate,
} from '../reading/read-session.ts';
import { type SessionReading, STORED_SESSIONS } from '../reading/session-reading.ts';
import type { Age } from './boot-clock.ts';
import type { Moments } from './moments.ts';
import type { WaitingUpdate, WaitingUpdates } from './waiting-updates.ts';

type Reading = Parameters<SessionReading['load']>[0];

/** How far two clocks drift apart, as a share of the time that passes. */
const DRIFT = 0.001;
/** Of the clocks of stores, in milliseconds. */
const GRAIN_MS = 2;

export function createSpooledReading({
  waiting,
  moments,
  maxAgeMs,
}: {
  waiting: WaitingUpdates;
  moments: Moments;
  maxAgeMs: number;
}): SessionReading {
  return { load, loadKey, sessionsOf: waiting.sessionsOf };

  async function load(store: Reading, sessionId: string, revision = 0) {
    // An earlier revision has nothing of what is not stored.
    if (revision > 0 || waiting.first(sessionId) === undefined)
      return loadSession(store, sessionId, revision);
    return (await loadKey(store, sessionId, revision)).session;
  }

  async function loadKey(store: Reading, sessionId: string, revision: number) {
    const updates = waiting.of(sessionId).filter(({ frame }) => frame.length > 0);
    if (revision > 0 || updates.length === 0)
      return STORED_SESSIONS.loadKey(store, sessionId, revision);
    const leastAges = updates.map((update) => moments.ageOf(update).leastMs);
    const [key, erasures] = await Promise.all([
      store.inspect(sessionId),
      erasuresOfUsers(store, updates),
    ]);
    const stored = key.session && readSession(sessionId, key.session, 0);
    const erasedSpooled: ErasedUpdate[] = [];
    const valid = updates.filter((update, place) => {
      const age = { leastMs: leastAges[place] ?? 0, mostMs: moments.ageOf(update).mostMs };
      const ofSession = erasedAt(age, key);
      const erasedAtMs = ofSession ?? erasedAt(age, erasures[place]);
      if (erasedAtMs !== undefined) {
        const erased = ofSession === undefined ? 'user' : 'session';
        for (const one of spooledFrom(sessionId, update))
          erasedSpooled.push({ ...one, erased, erasedAtMs });
      }
      return (
        age.leastMs <= maxAgeMs &&
        erasedAtMs === undefined &&
        !hasEnded(update, age, key) &&
        !isStored(update, key.session)
      );
    });
    const session = withUpdates(sessionId, stored, { key, valid });
    return { key, session: session && { ...session, erasedSpooled } };
  }

  /** What is kept of the user of each update: the one that it names, or an earlier one did. */
  async function erasuresOfUsers(
    store: Reading,
    updates: readonly WaitingUpdate[],
  ): Promise<(StoredUser | undefined)[]> {
    const users = new Map<string, Promise<StoredUser>>();
    let userId = '';
    const found = updates.map((update) => {
      userId = update.userId || userId;
      if (userId === '') return undefined;
      return users.getOrInsertComputed(userId, (named) => store.inspectUser(named));
    });
    return Promise.all(found);
  }

  function withUpdates(
    sessionId: string,
    session: ReadSession | undefined,
    { key, valid }: { key: StoredKey; valid: readonly WaitingUpdate[] },
  ): ReadSession | undefined {
    const spooled = valid.flatMap((update) => spooledFrom(sessionId, update));
    const states = spooled.map(({ state }) => state);
    if (states.length === 0) return session;
    const ends = valid.map((update) => key.nowMs - moments.ageOf(update).leastMs + update.ttlMs);
    const expiresAtMs = Math.max(session?.stored.expiresAtMs ?? 0, ...ends);
    const spooledUpdates = states.length;
    if (!session) {
      const stored = { ...NOTHING_STORED, nowMs: key.nowMs, expiresAtMs };
      const read = { frames: [], revision: 0, etag: '', outcome: 'intact' as const };
      return { stored, ...read, state: fold(sessionId, states), spooledUpdates, spooled };
    }
    const outcome = session.outcome === 'fallback' ? 'recovered' : session.outcome;
    const state = fold(sessionId, [session.state, ...states]);
    return {
      ...session,
      ...{ stored: { ...session.stored, expiresAtMs }, outcome, state, spooledUpdates },
      spooled,
    };
  }
}

/** An update as its frame says it; none if the frame cannot be read. */
function spooledFrom(sessionId: string, { updateId, frame }: WaitingUpdate): SpooledUpdate[] {
  const read = readFrame(frame, sessionId);
  return read.verdict === 'sound' ? [{ updateId, bytes: frame, state: read.state }] : [];
}

/** A session of which only spooled updates exist. */
const NOTHING_STORED: Omit<StoredSession, 'nowMs' | 'expiresAtMs'> = {
  ...{ revision: 0, etag: '', incarnation: '', createdAtMs: 0, flowId: '' },
  ...{ snapshotBytes: 0, deltaBytes: 0, recent: '', frames: [], quarantined: 0 },
  ...{ isWhole: true, damage: [], lastEvent: undefined, noted: undefined },
};

/** The instant of the erase before which an update was, or may have been, received. */
function erasedAt(
  { mostMs }: Age,
  erasable: Pick<StoredKey, 'nowMs' | 'tombstone'> | undefined,
): number | undefined {
  if (!erasable?.tombstone) return undefined;
  const { instantMs } = erasable.tombstone;
  return erasable.nowMs - mostMs * (1 + DRIFT) - GRAIN_MS < instantMs ? instantMs : undefined;
}

/** Whether an update has outlived its session. */
function hasEnded({ ttlMs }: WaitingUpdate, { leastMs }: Age, { nowMs, session }: StoredKey) {
  const receivedMs = nowMs - leastMs;
  const beganMs = session ? session.createdAtMs : nowMs;
  return receivedMs < beganMs && receivedMs + ttlMs <= beganMs;
}

/** Whether an earlier attempt has stored it after all. */
function isStored({ updateId }: WaitingUpdate, session: StoredSession | undefined): boolean {
  if (!session) return false;
  const { frames, recent } = session;
  return (
    frames.some(({ name }) => name === updateId) ||
    recentFrom(recent).some((one) => one.updateId === updateId)
  );
}
