// Goes through all sessions, counts under which keys their frames are, and compacts those that are
// to be encrypted again. It keeps no state: a run that was stopped is simply run again.

import type { CompactionResult } from '../service/parts.ts';
import { type IdCipher, isEncryptedId } from '../session/encryption/id-cipher.ts';
import type { SessionStore, StoredKey } from '../store/session-store.ts';
import {
  countSession,
  type EncryptionTally,
  isToBeReencrypted,
  startAgain,
} from './encryption-tally.ts';
import type { MoveResult } from './move-session.ts';
import { createPatience, createSlots } from './pacing.ts';

/** Sessions that are looked at at one time. */
const AT_ONCE = 16;
/** Of a walk over all sessions: below a millisecond of a server's time. */
const STEP = { idPrefix: '', count: 1000 };
/** Attempts at a session that others change meanwhile. */
const COMPACTIONS_MAX = 5;

export type EncryptionRun = {
  /** Shows frames as they are stored. */
  store: Pick<SessionStore, 'inspect' | 'scanSessions' | 'shardOfSession'>;
  /** Undefined: ids are not encrypted. */
  ids: IdCipher | undefined;
  /** Undefined: nothing is changed. */
  changes: SessionChanges | undefined;
  /** Of the key that encrypts; empty: none does. */
  currentId: string;
  /** Sessions per second, at most. */
  rate: number;
  /** Aborted: no further session is begun. */
  signal: AbortSignal;
};

/** What is done with sessions, given their ids. */
export type SessionChanges = {
  /** Encrypts a session again. */
  compact(sessionId: string): Promise<CompactionResult>;
  /** Moves a session to its encrypted id. */
  move(sessionId: string): Promise<MoveResult>;
};

/** Goes through the whole store. Throws StoreUnavailable if it did not answer for a minute. */
export async function runThroughStore(run: EncryptionRun, tally: EncryptionTally): Promise<void> {
  const { store, ids, changes, currentId, rate, signal } = run;
  const slots = createSlots(rate);
  const patiently = createPatience(signal);
  let position: string | undefined = '';
  while (position !== undefined && !signal.aborted) {
    const from: string = position;
    const step = await patiently(() => store.scanSessions({ position: from, ...STEP }));
    if (step?.hasRestarted) {
      // What follows was counted before.
      startAgain(tally);
      position = '';
      continue;
    }
    await countEach(step?.sessionIds ?? []);
    position = step?.next;
  }

  async function countEach(sessionIds: readonly string[]): Promise<void> {
    for (let first = 0; first < sessionIds.length && !signal.aborted; first += AT_ONCE) {
      const some = sessionIds.slice(first, first + AT_ONCE);
      await slots.take(some.length, signal);
      await Promise.all(some.map(countOne));
    }
  }

  async function countOne(storedId: string): Promise<void> {
    let key = await patiently(() => store.inspect(storedId));
    const sessionId = ids ? ids.opened(storedId) : storedId;
    if (key && sessionId === undefined) {
      if (key.session && (await hasMoved(storedId))) return;
      if (key.session || key.quarantine.length > 0) tally.unopenedIds += 1;
    } else if (key && sessionId !== undefined && changes && isToBeReencrypted(key, currentId)) {
      addTo(tally.compactions, await compactPatiently(sessionId, changes.compact));
      key = await patiently((): Promise<StoredKey> => store.inspect(storedId));
    }
    if (key) countSession(tally, { shard: store.shardOfSession(storedId), key });
  }

  /** Moves a session that is stored under its own id; under its encrypted id the walk may find it
   * again. */
  async function hasMoved(storedId: string): Promise<boolean> {
    if (!changes || isEncryptedId(storedId)) return false;
    const result = await patiently(() => changes.move(storedId));
    if (result !== undefined) addTo(tally.moves, result);
    if (result === 'moved')
      addTo(tally.compactions, await compactPatiently(storedId, changes.compact));
    return result === 'moved';
  }
}

function addTo<Result>(counts: Map<Result, number>, result: Result): void {
  counts.set(result, (counts.get(result) ?? 0) + 1);
}

async function compactPatiently(
  sessionId: string,
  compact: SessionChanges['compact'],
): Promise<CompactionResult> {
  let result: CompactionResult = 'changed';
  for (let attempt = 0; attempt < COMPACTIONS_MAX && result === 'changed'; attempt++)
    result = await compact(sessionId);
  return result;
}
