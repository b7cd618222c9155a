// Converts the answers of the scripts into those of the contract. A script answers a status and its
// facts, never the text of an error; an unknown status is a bug.

import type { DueNote } from '../../due-note.ts';
import type { StoreDurability } from '../../durability.ts';
import type {
  AppendResult,
  EraseResult,
  LockResult,
  StoredUser,
  TouchResult,
  UnlockResult,
} from '../../session-store.ts';
import type { IndexedSession } from '../../session-walks.ts';
import { readHead } from '../../stored-head.ts';

/** What a script answers: a list of a status and its facts, texts as bytes. */
export type Reply = (Buffer | number)[];

/** The answers of scripts/append.lua. */
export function appendResultFrom(
  [status, ...facts]: Reply,
  durability: StoreDurability,
): AppendResult {
  switch (String(status)) {
    case 'stored': {
      const [revision, etag, snapshotBytes, deltaBytes, created, repaired, setAside, ...rest] =
        facts;
      const [incarnation, ...due] = rest;
      return {
        status: 'stored',
        durability,
        incarnation: String(incarnation),
        revision: Number(revision),
        etag: String(etag),
        snapshotBytes: Number(snapshotBytes),
        deltaBytes: Number(deltaBytes),
        created: created === 1,
        repaired: repaired === 1,
        setAside: setAside === 1,
        due: dueNoteFrom(due),
      };
    }
    case 'known': {
      const [, , sessionRevision, value] = facts;
      return {
        ...{ status: 'known', durability, sessionRevision: Number(sessionRevision) },
        ...positionFrom(facts),
        ...(value !== undefined && { frame: frameIn(value as Buffer) }),
      };
    }
    case 'dropped': {
      const [replay] = facts;
      if (replay === undefined) return { status: 'dropped' };
      return { status: 'dropped', replay: String(replay) as 'doubtful' | 'ended' };
    }
    case 'locked':
      return { status: 'locked', remainingMs: Number(facts[0]) };
    case 'lock-lost':
      return { status: 'lock-lost' };
    case 'conflict':
      return { status: 'conflict', ...positionFrom(facts) };
    case 'needs-fold':
      return {
        status: 'needs-fold',
        snapshotBytes: Number(facts[0]),
        deltaBytes: Number(facts[1]),
      };
    default:
      throw new Error(`append.lua answered ${status}`);
  }
}

/** The answers of scripts/touch.lua. */
export function touchResultFrom(
  [status, fact, ...due]: Reply,
  durability: StoreDurability,
): TouchResult {
  switch (String(status)) {
    case 'touched':
      return { status: 'touched', durability, remainingMs: Number(fact), due: dueNoteFrom(due) };
    case 'other-flow':
      return { status: 'other-flow', flowId: String(fact) };
    case 'missing':
      return { status: 'missing', isErased: fact === 1 };
    default:
      throw new Error(`touch.lua answered ${status}`);
  }
}

function dueNoteFrom([userId, isCertain, eventMs, ttlMs, tag]: Reply): DueNote | undefined {
  if (userId === undefined) return undefined;
  return {
    ...{ userId: String(userId), isCertain: isCertain === 1 },
    ...{ eventMs: Number(eventMs), ttlMs: Number(ttlMs), tag: String(tag) },
  };
}

/** The answers of scripts/lock.lua. */
export function lockResultFrom([status, fact]: Reply): LockResult {
  switch (String(status)) {
    case 'held':
      return { status: 'held', lapsed: fact === 1 };
    case 'busy':
      return { status: 'busy', remainingMs: Number(fact) };
    case 'lost':
      return { status: 'lost', lapsed: fact === 1 };
    default:
      throw new Error(`lock.lua answered ${status}`);
  }
}

/** The answers of scripts/unlock.lua. */
export function unlockResultFrom([status, fact]: Reply): UnlockResult {
  switch (String(status)) {
    case 'released':
      return { status: 'released' };
    case 'lost':
      return { status: 'lost', lapsed: fact === 1 };
    default:
      throw new Error(`unlock.lua answered ${status}`);
  }
}

/** The answers of scripts/erase.lua. */
export function eraseResultFrom(
  [status, ...facts]: Reply,
  durability: StoreDurability,
): EraseResult {
  switch (String(status)) {
    case 'erased': {
      const [tombstoneExpiresAtMs, revision, frames, quarantined, locked] = facts.map(Number);
      return {
        status: 'erased',
        durability,
        tombstoneExpiresAtMs: tombstoneExpiresAtMs ?? 0,
        revision: revision ?? 0,
        frames: frames ?? 0,
        quarantined: quarantined ?? 0,
        locked: locked === 1,
      };
    }
    case 'conflict':
      return { status: 'conflict', ...positionFrom(facts) };
    default:
      throw new Error(`erase.lua answered ${status}`);
  }
}

/** Entries of a user's index: members and scores in turn; `e` stands in front of each session id. */
export function indexedSessionsFrom(reply: Buffer[]): IndexedSession[] {
  const sessions: IndexedSession[] = [];
  for (let place = 0; place + 1 < reply.length; place += 2) {
    sessions.push({ sessionId: String(reply[place]).slice(1), eventMs: Number(reply[place + 1]) });
  }
  return sessions;
}

/** The answers of scripts/inspect_user.lua. */
export function storedUserFrom([entries = 0, instantMs = 0, expiresAtMs = 0]: number[]): Omit<
  StoredUser,
  'nowMs'
> {
  return { entries, tombstone: instantMs === 0 ? undefined : { instantMs, expiresAtMs } };
}

/** The frame behind the head of a stored value. */
function frameIn(value: Buffer): Buffer {
  return value.subarray(readHead(value).bytes);
}

function positionFrom([revision, etag]: Reply): { revision: number; etag: string } {
  return { revision: Number(revision), etag: String(etag) };
}
