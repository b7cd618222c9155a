// What has happened to a session since a watcher saw it last. Everything follows from two reads: so
// it does not matter how often a change was reported, whether a report was lost, how slow the
// watcher is, or which process wrote. Nothing is left out: where the updates in between cannot be
// named one by one, because they were merged long ago or a failover lost the ones that were seen,
// the event is `reset`, after which the watcher reads the session itself.

import { chainIn } from '../../store/etag-chain.ts';
import type { Position } from '../../store/stored-head.ts';
import type { LiveView, SessionView, WatchedUpdate } from './session-view.ts';

/** Why a watcher has to read the session. `started`: it has not named a position. `gap`: what
 * happened since the position is not known. `lost`: the session is not what it was, and was neither
 * erased nor due to expire. */
export const RESET_REASONS = ['started', 'gap', 'lost'] as const;

export type ResetReason = (typeof RESET_REASONS)[number];

/** What happened to a session. Instants are of the store's clock, unix ms. */
export type SessionEvent =
  | { kind: 'update'; update: WatchedUpdate }
  /** The session as it is: `live` if there is one. */
  | {
      kind: 'reset';
      reason: ResetReason;
      live: (Position & { expiresAtMs: number }) | undefined;
      lockedUntilMs: number | undefined;
    }
  | { kind: 'erased'; atMs: number }
  | { kind: 'expired'; atMs: number }
  /** The lock was taken, or renewed. */
  | { kind: 'locked'; untilMs: number }
  /** `lapsed`: it ran out. */
  | { kind: 'unlocked'; lapsed: boolean };

/** What a watcher has seen of a session. */
export type Seen =
  /** Nothing. */
  | { from: 'start' }
  /** That there was no session before: all of its updates are new. */
  | { from: 'nothing' }
  /** Everything up to a position, as it says itself. */
  | ({ from: 'position' } & Position)
  /** All that a view showed. */
  | { from: 'view'; view: SessionView };

/** What has happened since. */
export function changesSince(seen: Seen, view: SessionView): SessionEvent[] {
  switch (seen.from) {
    case 'start':
      return [resetTo(view, 'started')];
    case 'position': {
      const updates = view.live && updatesAfter(seen, view.live);
      if (updates === undefined) return [resetTo(view, 'gap')];
      return [...updates.map(updateEvent), ...lockChange(undefined, view)];
    }
    case 'nothing':
      return [...firstUpdates(view), ...lockChange(undefined, view)];
    case 'view':
      return changesBetween(seen.view, view);
  }
}

function changesBetween(before: SessionView, view: SessionView): SessionEvent[] {
  const isErased = view.erasedAtMs !== undefined && view.erasedAtMs > (before.erasedAtMs ?? 0);
  const locks = lockChange(before, view);
  if (isErased)
    return [{ kind: 'erased', atMs: view.erasedAtMs ?? 0 }, ...firstUpdates(view), ...locks];
  if (before.live === undefined) return [...firstUpdates(view), ...locks];
  const updates = view.live && updatesAfter(before.live, view.live);
  if (updates) return [...updates.map(updateEvent), ...locks];
  const { expiresAtMs } = before.live;
  if (expiresAtMs <= view.nowMs)
    return [{ kind: 'expired', atMs: expiresAtMs }, ...firstUpdates(view), ...locks];
  return [resetTo(view, view.live ? 'gap' : 'lost')];
}

/** The updates of a session that the watcher knows nothing of. */
function firstUpdates(view: SessionView): SessionEvent[] {
  if (!view.live) return [];
  const [first] = view.live.updates;
  // What is before the first one that is known has a reset in its place.
  if (first?.revision !== 1) return [resetTo(view, 'gap')];
  return view.live.updates.map(updateEvent);
}

/** The updates after a position; undefined if the session was never there, or they are not all
 * known. */
function updatesAfter(position: Position, live: LiveView): WatchedUpdate[] | undefined {
  const { revision, etag } = position;
  const chain = chainIn(etag);
  if (revision === live.revision && chain === chainIn(live.etag)) return [];
  const place = live.updates.findIndex(
    (update) => update.revision === revision && chainIn(update.etag) === chain,
  );
  return place < 0 ? undefined : live.updates.slice(place + 1);
}

function lockChange(before: SessionView | undefined, view: SessionView): SessionEvent[] {
  const { lockedUntilMs } = view;
  if (lockedUntilMs === before?.lockedUntilMs) return [];
  if (lockedUntilMs !== undefined) return [{ kind: 'locked', untilMs: lockedUntilMs }];
  return [{ kind: 'unlocked', lapsed: (before?.lockedUntilMs ?? 0) <= view.nowMs }];
}

function updateEvent(update: WatchedUpdate): SessionEvent {
  return { kind: 'update', update };
}

function resetTo({ live, lockedUntilMs }: SessionView, reason: ResetReason): SessionEvent {
  const { revision, etag, expiresAtMs } = live ?? { revision: 0, etag: '', expiresAtMs: 0 };
  return { kind: 'reset', reason, live: live && { revision, etag, expiresAtMs }, lockedUntilMs };
}
