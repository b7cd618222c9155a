// What the scripts do of time, the plain way: one session on one server. Frames are ids; sizes,
// etags and quarantine are left to the session model.

import type { WriteBounds } from '../../../src/store/redis/clock/write-bounds.ts';
import type { Rules } from './rules.ts';

const CLOCK_SLACK_US = 5000;
const FENCE_KEPT_US = 60_000_000;

/** One write as it travels. */
export type Write = { bounds: WriteBounds } & (
  | { kind: 'append'; updateId: string; lockToken: string }
  | { kind: 'erase'; eraseId: string }
  | { kind: 'lock'; token: string; ttlMs: number }
  | { kind: 'unlock'; token: string }
);

export type WriteStatus =
  | 'late'
  | 'clock'
  | 'stale'
  | 'doubtful'
  | 'stored'
  | 'known'
  | 'dropped'
  | 'locked'
  | 'lock-lost'
  | 'erased'
  | 'held'
  | 'busy'
  | 'lost'
  | 'released';

/** What a write came to, when the server's clock said `nowUs`. */
export type Executed = { status: WriteStatus; nowUs: number };

/** Where a session is kept. Moves to another server with all that it has. */
export type ModelStore = {
  execute(write: Write, nowUs: number): Executed | Promise<Executed>;
  close(): void | Promise<void>;
};

export function createModelledStore(rules: Rules): ModelStore {
  let live = new Set<string>();
  const erased = new Set<string>();
  let tombstone: { instantUs: number; eraseId: string } | undefined;
  let lock: { token: string; deadlineUs: number } | undefined;
  let fenceUs = 0;

  return {
    execute: (write, nowUs) => ({ status: statusOf(write, nowUs), nowUs }),
    close: () => {},
  };

  function statusOf(write: Write, nowUs: number): WriteStatus {
    const { lateUs, notBeforeUs } = write.bounds;
    if (rules.late !== 'never' && nowUs > lateUs) return 'late';
    if (rules.notBefore && nowUs < notBeforeUs - CLOCK_SLACK_US) return 'clock';
    switch (write.kind) {
      case 'append':
        return append(write, nowUs);
      case 'erase':
        return erase(write, nowUs);
      case 'lock':
        return takeLock(write, nowUs);
      case 'unlock':
        return unlock(write, nowUs);
    }
  }

  function append(
    { updateId, lockToken, bounds }: Write & { kind: 'append' },
    nowUs: number,
  ): WriteStatus {
    if (live.has(updateId)) return 'known';
    if (tombstone !== undefined) {
      if (erased.has(updateId)) return 'dropped';
      const byAgeUs = nowUs - bounds.ageUs;
      const momentUs = rules.moment === 'age' ? byAgeUs : Math.min(bounds.momentUs, nowUs);
      const { instantUs } = tombstone;
      const isBefore = momentUs < instantUs && (instantUs <= nowUs || !rules.ignoresAhead);
      if (isBefore && rules.ownSample && byAgeUs >= instantUs) return 'doubtful';
      if (isBefore) {
        if (rules.remembersDropped) erased.add(updateId);
        return 'dropped';
      }
    }
    const holder = lock !== undefined && lock.deadlineUs > nowUs ? lock.token : '';
    if (lockToken !== holder) return lockToken === '' ? 'locked' : 'lock-lost';
    live.add(updateId);
    return 'stored';
  }

  function erase({ eraseId, bounds }: Write & { kind: 'erase' }, nowUs: number): WriteStatus {
    if (tombstone?.eraseId === eraseId) return 'erased';
    for (const id of live) erased.add(id);
    live = new Set();
    lock = undefined;
    fenceUs = nowUs;
    // As it was: at the receipt, by age at sending, with a grain, and never back.
    const atReceiptUs = Math.max(tombstone?.instantUs ?? 0, nowUs - bounds.ageUs - 2000);
    tombstone = { instantUs: rules.moment === 'age' ? atReceiptUs : nowUs, eraseId };
    return 'erased';
  }

  function takeLock(
    { token, ttlMs, bounds }: Write & { kind: 'lock' },
    nowUs: number,
  ): WriteStatus {
    const isHeld = lock !== undefined && lock.deadlineUs > nowUs;
    const isMine = lock?.token === token;
    if (isMine && lock?.deadlineUs === 0) return 'lost';
    if (isHeld && !isMine) return 'busy';
    const endedUs = Math.max(fenceUs, isHeld ? 0 : (lock?.deadlineUs ?? 0));
    const isFenced =
      endedUs <= nowUs && endedUs > nowUs - FENCE_KEPT_US && bounds.notBeforeUs < endedUs;
    if (rules.fence && !isHeld && isFenced) return 'stale';
    lock = { token, deadlineUs: nowUs + ttlMs * 1000 };
    return 'held';
  }

  function unlock({ token }: Write & { kind: 'unlock' }, nowUs: number): WriteStatus {
    fenceUs = nowUs;
    if (lock?.token !== token) return 'lost';
    const isReleased = lock.deadlineUs === 0 || lock.deadlineUs > nowUs;
    if (isReleased) lock = { token, deadlineUs: 0 };
    else lock = undefined;
    return isReleased ? 'released' : 'lost';
  }
}
