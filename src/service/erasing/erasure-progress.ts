import { type StoreDurability, weakestOf } from '../../store/durability.ts';
import type { ReadSession } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { ErasedSession, Receipt } from '../session-service.ts';

/** Sessions that an erasure lists. */
const LISTED_MAX = 1000;
/** Instants and ages are in whole milliseconds, each rounded in its own way. */
const CLOCK_GRAIN_MS = 2;

/** How far the erasing of a user's sessions has come. */
export class ErasureProgress {
  readonly userId: string;
  /** Of the latest request for it: sessions that were begun later stay. */
  receipt: Receipt;
  /** The first of the sessions that were erased. */
  readonly sessions: ErasedSession[] = [];
  erased = 0;
  /** How safely all of the erases are kept. */
  durability: StoreDurability = 'synced';
  /** Entries of the index that were handled. */
  handled = 0;
  /** Whether everything was erased that is to be. */
  isDone = false;
  /** The last failure, unless a session was erased since. */
  failure: unknown;
  /** Resolves when it has ended, done or not. */
  ended: Promise<void> = Promise.resolve();
  /** Sessions that were handled, and whose entries stay. */
  readonly #kept = new Set<string>();
  /** Those of them that were begun after the request. */
  readonly #young = new Set<string>();

  constructor(userId: string, receipt: Receipt) {
    this.userId = userId;
    this.receipt = receipt;
  }

  /** The request was repeated: what was begun in between is erased as well. */
  askedAgain(receipt: Receipt): void {
    if (receipt.monotonicMs <= this.receipt.monotonicMs) return;
    this.receipt = receipt;
    for (const sessionId of this.#young) this.#kept.delete(sessionId);
    this.#young.clear();
  }

  /** How many of the index's entries stay. */
  keptCount(): number {
    return this.#kept.size;
  }

  hasKept(sessionId: string): boolean {
    return this.#kept.has(sessionId);
  }

  /** Decides by a session's state, as it was read at `readAtMonotonicMs` or later, whether the
   * session stays; if so, remembers it. */
  keeps(sessionId: string, session: ReadSession, readAtMonotonicMs: number): boolean {
    const isYoung = wasBegunWithin(session, readAtMonotonicMs - this.receipt.monotonicMs);
    if (mayBeOf(session, this.userId) && !isYoung) return false;
    this.handled += 1;
    this.#kept.add(sessionId);
    if (isYoung) this.#young.add(sessionId);
    return true;
  }

  /** A session was erased, or there was nothing of it. */
  count(session: ErasedSession): void {
    this.handled += 1;
    this.failure = undefined;
    this.durability = weakestOf(this.durability, session.durability);
    // An entry that could not be taken out would come up again and again.
    if (session.pending.some(({ kind }) => kind === 'user_index'))
      this.#kept.add(session.sessionId);
    if (!session.found && session.frames === 0 && session.quarantined === 0) return;
    this.erased += 1;
    if (this.sessions.length < LISTED_MAX) this.sessions.push(session);
  }
}

/** Whether a session was begun within that time. In doubt it was not, for instance where damage may
 * have changed its age. */
function wasBegunWithin({ stored, outcome }: ReadSession, withinMs: number): boolean {
  const isIntact = outcome === 'intact' && stored.etag !== '';
  return isIntact && stored.nowMs - stored.createdAtMs < withinMs - CLOCK_GRAIN_MS;
}
