// Which updates, and notes in users' indexes, go to the spool, and how they are kept there.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { ContentCipher } from '../../session/encryption/content-cipher.ts';
import { Refusal } from '../../session/errors.ts';
import { encodeFrame } from '../../session/frame.ts';
import { type Spool, SpoolFull } from '../../spool/spool.ts';
import { isWeaker, type StoreDurability } from '../../store/durability.ts';
import { StoreUnavailable } from '../../store/session-store.ts';
import { isAnotherUpdate } from '../appending/known-update.ts';
import type { ServiceParts } from '../parts.ts';
import { idReused } from '../refusals.ts';
import type { Persisted, Receipt } from '../session-service.ts';
import type { Moments } from './moments.ts';
import { rowPayload, type SpoolableUpdate } from './row-codec.ts';
import type { WaitingUpdate, WaitingUpdates } from './waiting-updates.ts';

/** An update that the store did not take in time. */
type UntakenUpdate = Omit<SpoolableUpdate, 'frame' | 'received'> & { delta: SessionState };

export type KeepUpdates = {
  /** How long an append without a condition may take before its update is spooled. */
  afterMs(receipt: Receipt): number;
  /** Whether an append that failed so may be spooled. */
  isTaken(error: unknown, receipt: Receipt): boolean;
  /** Whether the store keeps an update less safely than it is to. */
  isTooWeak(persisted: Pick<Persisted, 'status' | 'durability'>): boolean;
  /** Keeps an update; `known`: it was waiting already. Refuses (`unavailable`) if the spool cannot
   * keep it, and (`id_reused`) if the same id is waiting with other content. */
  keepUpdate(
    update: UntakenUpdate,
    attempt: { receipt: Receipt; contentTag: Uint8Array },
  ): Promise<{ known: boolean }>;
  /** Whether the spool did not keep a row a moment ago. */
  hasFailed(): boolean;
  /** Keeps the note of an update that is stored; answers whether it could. */
  keepNote(update: UpdateToNote, receipt: Receipt): Promise<boolean>;
};

/** How long after a failure the spool counts as one that takes nothing. */
const FAILED_FOR_MS = 10_000;

/** A note is made from the session as it is read then. */
const NOTE = { frame: new Uint8Array(), flowId: '', eventMs: 0, ttlMs: 0 };

type UpdateToNote = Pick<SpoolableUpdate, 'sessionId' | 'userId' | 'updateId'>;

export function createKeepUpdates(
  { store, patience, observer }: Pick<ServiceParts, 'store' | 'patience' | 'observer'>,
  {
    spool,
    spoolAfterMs,
    requiredDurability,
    moments,
    waiting,
    contents,
    onKept,
  }: {
    spool: Spool;
    spoolAfterMs: number;
    requiredDurability: StoreDurability;
    moments: Moments;
    waiting: WaitingUpdates;
    contents?: ContentCipher | undefined;
    onKept: (update: WaitingUpdate) => void;
  },
): KeepUpdates {
  let failedMs = Number.NEGATIVE_INFINITY;
  const hasFailed = () => patience.nowMonotonicMs() - failedMs < FAILED_FOR_MS;
  return { afterMs, isTaken, isTooWeak, keepUpdate, keepNote, hasFailed };

  function isTooWeak({ status, durability }: Pick<Persisted, 'status' | 'durability'>): boolean {
    if (status === 'dropped' || durability === 'spooled') return false;
    return isWeaker(durability, requiredDurability);
  }

  /** A caller that waits for less time is to learn in time that its update is kept. */
  function afterMs({ endsAtMonotonicMs }: Receipt): number {
    if (endsAtMonotonicMs === undefined) return spoolAfterMs;
    return Math.min(spoolAfterMs, (endsAtMonotonicMs - patience.nowMonotonicMs()) / 2);
  }

  function isTaken(error: unknown, { endsAtMonotonicMs }: Receipt): boolean {
    const isAway = error instanceof Refusal && error.reason === 'unavailable';
    if (!isAway || !(error.cause instanceof StoreUnavailable)) return false;
    // Nothing may take effect after its caller stopped waiting.
    return endsAtMonotonicMs === undefined || patience.nowMonotonicMs() < endsAtMonotonicMs;
  }

  async function keepUpdate(
    update: UntakenUpdate,
    { receipt, contentTag }: { receipt: Receipt; contentTag: Uint8Array },
  ): Promise<{ known: boolean }> {
    const { sessionId, updateId } = update;
    const same = waiting.of(sessionId).find((other) => other.updateId === updateId);
    if (same) {
      const known = { frame: same.frame, revision: 0, etag: '' };
      if (isAnotherUpdate(known, { sessionId, contentTag })) throw idReused(known);
      return { known: true };
    }
    try {
      // A row is encrypted as a whole, so its frame is not.
      await keep({ ...update, frame: encodeFrame(update.delta) }, receipt);
    } catch (cause) {
      throw notKept(cause);
    }
    observer.updateSpooled({ sessionId, kind: 'update' });
    return { known: false };
  }

  async function keepNote(
    { sessionId, userId, updateId }: UpdateToNote,
    receipt: Receipt,
  ): Promise<boolean> {
    try {
      await keep({ ...NOTE, sessionId, userId, updateId }, receipt);
    } catch {
      return false;
    }
    observer.updateSpooled({ sessionId, kind: 'note' });
    return true;
  }

  /** Resolves when the row is on disk; rejects at the request's deadline at the latest. Then the
   * row may still be written, and is replayed. */
  async function keep(update: Omit<SpoolableUpdate, 'received'>, receipt: Receipt): Promise<void> {
    const byStore = store.once.momentOf(update.sessionId, receipt.monotonicMs);
    const { sessionId, updateId, frame, flowId, userId, eventMs, ttlMs } = update;
    const named = { sessionId, updateId, frame, flowId, userId, eventMs, ttlMs };
    const spoolable: SpoolableUpdate = { ...named, received: moments.of(receipt, byStore) };
    const adding = spool.add(rowPayload(spoolable, contents)).then((number) => {
      const kept = { ...spoolable, number, foundAtMs: patience.nowMonotonicMs() };
      waiting.add(kept);
      onKept(kept);
    });
    const late = Promise.withResolvers<never>();
    const leftMs = receipt.monotonicMs + patience.requestDeadlineMs - patience.nowMonotonicMs();
    const timer = setTimeout(
      () => late.reject(new Error('the disk of the spool does not answer')),
      Math.max(0, leftMs),
    );
    try {
      await Promise.race([adding, late.promise]);
    } catch (error) {
      adding.catch(() => {});
      failedMs = patience.nowMonotonicMs();
      observer.spoolFailed({ isFull: error instanceof SpoolFull, cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function notKept(cause: unknown): Refusal {
  if (cause instanceof SpoolFull) {
    const message =
      'the session store did not take the update, and the spool has no room for it; ' +
      'send the request again';
    return new Refusal('unavailable', message, { cause });
  }
  const message =
    'the session store did not take the update, and whether the spool keeps it is unknown: ' +
    'send the update again; one with an updateId, inputId or execution is recognised ' +
    'if it was kept';
  return new Refusal('unavailable', message, { cause });
}
