// What watchers see of a session: its accepted updates, without their values, and what else its key
// says. Views are compared with what a watcher has seen (changes.ts).
//
// The updates are those whose frames are live, and those that are remembered after they were merged
// into a snapshot: together an unbroken row of revisions up to the session's own. Of a merged
// update only what no later update replaced is known, so a watcher that follows all of them still
// learns every key that has changed.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Stamp, Update } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { readStoredFrame } from '../../session/frame.ts';
import { compareStamps } from '../../session/stamp.ts';
import { chainIn } from '../../store/etag-chain.ts';
import { recentFrom } from '../../store/recent-updates.ts';
import type { StoredFrame, StoredKey, StoredSession } from '../../store/session-store.ts';
import type { Position } from '../../store/stored-head.ts';

/** Updates of a view at most, the latest. */
const UPDATES_MAX = 1000;

/** What an update changed: the names of keys. */
export type UpdateContents = {
  userId: string;
  flowId: string;
  /** Of its event, as sent. */
  timestamp: string;
  received: Timestamp | undefined;
  variables: readonly string[];
  context: readonly string[];
  removedVariables: readonly string[];
  removedContext: readonly string[];
  replacesVariables: boolean;
  replacesContext: boolean;
};

/** One accepted update, at its position. */
export type WatchedUpdate = Position &
  UpdateContents & {
    updateId: string;
    /** What it changed is not known completely: it is merged into a snapshot, or damaged. */
    isPartial: boolean;
  };

/** The live session of a view, at its position. */
export type LiveView = Position & {
  expiresAtMs: number;
  /** Empty if no update names one. */
  userId: string;
  /** All updates could be read, so their user is certain. */
  isReadable: boolean;
  /** Lowest revision first, without a gap up to the session's own; none if that cannot be shown. */
  updates: readonly WatchedUpdate[];
};

export type SessionView = {
  /** The store's clock at the read, unix ms. */
  nowMs: number;
  live: LiveView | undefined;
  lockedUntilMs: number | undefined;
  /** Instant of the tombstone. */
  erasedAtMs: number | undefined;
};

/** The contents of one frame, by update id. */
type ReadContents = {
  contents: ReadonlyMap<string, UpdateContents & { stamp: Stamp | undefined }>;
  isReadable: boolean;
};

/** Makes views of one session, one after the other. A frame is read once, as long as it is live. */
export function createViews(sessionId: string): (key: StoredKey) => SessionView {
  let known = new Map<string, ReadContents>();

  return ({ nowMs, session, lockedUntilMs, tombstone }) => ({
    nowMs,
    live: session && liveFrom(session),
    lockedUntilMs,
    erasedAtMs: tombstone?.instantMs,
  });

  function liveFrom(session: StoredSession): LiveView {
    const { revision, etag, expiresAtMs, frames } = session;
    const read = new Map(
      frames.map((frame) => {
        const place = `${frame.name} ${frame.revision} ${frame.etag}`;
        return [place, known.get(place) ?? contentsOf(frame)];
      }),
    );
    known = read;
    const all = [...read.values()];
    const isReadable = session.quarantined === 0 && all.every((frame) => frame.isReadable);
    const updates = updatesOf(session, all);
    return { revision, etag, expiresAtMs, userId: userOf(all), isReadable, updates };
  }

  function contentsOf(frame: StoredFrame): ReadContents {
    const { verdict, state } = readStoredFrame(frame, sessionId);
    const updates = state?.updates ?? [];
    return {
      contents: new Map(
        updates.map((update) => [update.stamp?.updateId ?? '', contentsIn(update)]),
      ),
      isReadable: verdict === 'sound',
    };
  }
}

function contentsIn(update: Update): UpdateContents & { stamp: Stamp | undefined } {
  const { stamp, userId, flowId, timestamp, removedVariables, removedContext } = update;
  const { replacesVariables, replacesContext } = update;
  return {
    ...{ stamp, userId, flowId, timestamp, received: stamp?.received },
    variables: update.variables.map(({ key }) => key),
    context: update.context.map(({ key }) => key),
    ...{ removedVariables, removedContext, replacesVariables, replacesContext },
  };
}

/** The user that the latest update names which names one. */
function userOf(frames: readonly ReadContents[]): string {
  let latest: { stamp: Stamp | undefined; userId: string } | undefined;
  for (const { contents } of frames)
    for (const update of contents.values())
      if (update.userId !== '' && (!latest || compareStamps(update.stamp, latest.stamp) > 0))
        latest = update;
  return latest?.userId ?? '';
}

function updatesOf(
  { revision, etag, frames, recent }: StoredSession,
  read: readonly ReadContents[],
): WatchedUpdate[] {
  const named = etag.slice(chainIn(etag).length);
  const known = new Map(read.flatMap(({ contents }) => [...contents]));
  const byRevision = new Map<number, WatchedUpdate[]>();
  const add = (position: Position, updateId: string, isMerged: boolean) => {
    const found = known.get(updateId);
    const { stamp: _, ...contents } = found ?? { ...NOTHING_KNOWN, stamp: undefined };
    const isPartial = isMerged || found === undefined;
    const update = { ...contents, updateId, isPartial, revision: position.revision };
    const of = byRevision.getOrInsertComputed(position.revision, () => []);
    if (of.every((other) => other.updateId !== updateId))
      of.push({ ...update, etag: position.etag + named });
  };
  for (const frame of frames)
    if (frame.kind === 'delta' && frame.revision > 0) add(frame, frame.name, false);
  for (const merged of recentFrom(recent)) add(merged, merged.updateId, true);

  const updates: WatchedUpdate[] = [];
  for (let next = revision; next > revision - UPDATES_MAX; next--) {
    const [update, ...others] = byRevision.get(next) ?? [];
    if (update === undefined || others.length > 0) break;
    updates.push(update);
  }
  const isLatest = etag === '' || updates[0]?.etag === etag;
  return isLatest ? updates.reverse() : [];
}

const NOTHING_KNOWN: UpdateContents = {
  ...{ userId: '', flowId: '', timestamp: '', received: undefined },
  ...{ variables: [], context: [], removedVariables: [], removedContext: [] },
  ...{ replacesVariables: false, replacesContext: false },
};
