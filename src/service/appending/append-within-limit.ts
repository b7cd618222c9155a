// Appending to a session that may be full. The limit is on what a session holds, since a flow must
// be able to read it back. More may be stored for a while: a value and the one that replaces it,
// until they are folded, and removed keys that are remembered. So a session that looks full is
// compacted, and forgets removals if need be. If that makes no room, the update is folded in, in
// memory, and what the session would then hold decides: an update that replaces a large value
// always fits. So does one after which a session that exceeds the limit (after many concurrent
// writes, or a limit that was lowered) holds no more than before.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { Refusal } from '../../session/errors.ts';
import type { Append, AppendResult } from '../../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';
import type { Compactor } from '../compacting/compactor.ts';
import { removalsMaxBytesOf, visibleBytes } from '../compacting/snapshot-frame.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import type { StoreWithin } from '../retrying/retrying-store.ts';

/** What becomes of an append that is not too large. */
export type Fitting = Exclude<AppendResult, { status: 'needs-fold' }>;

/** An update to be appended; its frame holds `delta`. */
export type AppendedUpdate = Omit<Append, 'sessionMaxBytes'> & { delta: SessionState };

/** The refusal (`too_large`) of an update that no session has room for, whatever else it holds. */
export function tooLargeAlone(frame: Uint8Array, sessionMaxBytes: number): Refusal | undefined {
  const bytes = STORED_HEAD_BYTES + frame.length;
  if (bytes <= sessionMaxBytes) return undefined;
  return new Refusal(
    'too_large',
    `the update alone takes ${bytes} bytes, ` +
      `a session holds at most ${sessionMaxBytes} (SESSION_MAX_BYTES)`,
  );
}

type Parts = Pick<ServiceParts, 'settings'> & { store: StoreWithin; compactor: Compactor };

/** Appends an update. Refuses (`too_large`) if the session would hold too much. */
export function appendWithinLimit(parts: Parts, update: AppendedUpdate): Promise<Fitting> {
  return appendUpTo(parts, update, parts.settings.sessionMaxBytes).then((first) =>
    first.status === 'needs-fold' ? appendToFull(parts, update) : first,
  );
}

function appendUpTo({ store }: Parts, update: AppendedUpdate, sessionMaxBytes: number) {
  return store.append({ ...update, sessionMaxBytes });
}

/** The same, where the session looked full. */
async function appendToFull(parts: Parts, update: AppendedUpdate): Promise<Fitting> {
  const { store, compactor } = parts;
  const { sessionMaxBytes } = parts.settings;
  const room = { roomForBytes: STORED_HEAD_BYTES + update.frame.length };
  await store.waitFor(compactor.compact(update.sessionId, room));
  const second = await appendUpTo(parts, update, sessionMaxBytes);
  if (second.status !== 'needs-fold') return second;
  const { holds, wouldHold } = await foldedBytes();
  if (wouldHold > sessionMaxBytes && wouldHold > holds) throw tooLarge(wouldHold, sessionMaxBytes);
  // What it replaces is as large as it is, at most. More than both, and the removals that are
  // remembered, comes from damage or from many concurrent writes.
  const largest = 2 * Math.max(sessionMaxBytes, holds) + removalsMaxBytesOf(sessionMaxBytes);
  const third = await appendUpTo(parts, update, largest);
  if (third.status !== 'needs-fold') return third;
  throw tooLarge(third.snapshotBytes + third.deltaBytes, sessionMaxBytes);

  /** Bytes that the session holds, and would hold with this update, folded. */
  async function foldedBytes(): Promise<{ holds: number; wouldHold: number }> {
    const { sessionId, delta } = update;
    const state = (await loadSession(store, sessionId))?.state;
    return {
      holds: state ? visibleBytes(sessionId, [state]) : 0,
      wouldHold: visibleBytes(sessionId, state ? [state, delta] : [delta]),
    };
  }
}

function tooLarge(bytes: number, sessionMaxBytes: number): Refusal {
  return new Refusal(
    'too_large',
    `with this update the session would hold ${bytes} bytes, ` +
      `the most is ${sessionMaxBytes} (SESSION_MAX_BYTES)`,
  );
}
