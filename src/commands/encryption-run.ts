// Goes through all sessions, counts under which keys their frames are, and compacts those that are
// to be encrypted again. It keeps no state: a run that was stopped is simply run again.

import type { CompactionResult } from '../service/parts.ts';
import type { SessionStore, StoredKey } from '../store/session-store.ts';
import {
  countSession,
  type EncryptionTally,
  isToBeReencrypted,
  startAgain,
} from './encryption-tally.ts';
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
  /** Encrypts a session again; undefined: nothing is changed. */
  compact: ((sessionId: string) => Promise<CompactionResult>) | undefined;
  /** Of the key that encrypts; empty: none does. */
  currentId: string;
  /** Sessions per second, at most. */
  rate: number;
  /** Aborted: no further session is begun. */
  signal: AbortSignal;
};

/** Goes through the whole store. Throws StoreUnavailable if it did not answer for a minute. */
export async function runThroughStore(run: EncryptionRun, tally: EncryptionTally): Promise<void> {
  const { store, compact, currentId, rate, signal } = run;
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

  async function countOne(sessionId: string): Promise<void> {
    let key = await patiently(() => store.inspect(sessionId));
    if (key && compact && isToBeReencrypted(key, currentId)) {
      const result = await compactPatiently(sessionId, compact);
      tally.compactions.set(result, (tally.compactions.get(result) ?? 0) + 1);
      key = await patiently((): Promise<StoredKey> => store.inspect(sessionId));
    }
    if (key) countSession(tally, { shard: store.shardOfSession(sessionId), key });
  }
}

async function compactPatiently(
  sessionId: string,
  compact: NonNullable<EncryptionRun['compact']>,
): Promise<CompactionResult> {
  let result: CompactionResult = 'changed';
  for (let attempt = 0; attempt < COMPACTIONS_MAX && result === 'changed'; attempt++)
    result = await compact(sessionId);
  return result;
}
