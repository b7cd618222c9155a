// The entries of a timeline: stored frames, frames in quarantine and spooled updates, in their
// order. What each changed is worked out for those that are shown.

import { Codec, type SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { followChanges, type StateChange } from '../../session/explaining/follow-changes.ts';
import { type ReadFrame, readStoredFrame } from '../../session/frame.ts';
import { frameEncoding } from '../../session/frame-encoding.ts';
import { replacedParts } from '../../session/replaced-parts.ts';
import type { StoredKey } from '../../store/session-store.ts';
import type { ReadSession } from '../reading/read-session.ts';
import { entryChanges, NOTHING_CHANGED } from './entry-changes.ts';
import { entrySummary } from './entry-summary.ts';
import { importedIdsOf } from './sources.ts';
import type { TimelineEntry } from './timeline-entry.ts';

/** An entry before it is shown, with its place among all of them. */
export type PlacedEntry = {
  name: string;
  revision: number;
  isSpooled: boolean;
  show(valueMaxBytes: number): TimelineEntry;
};

type Found = Pick<TimelineEntry, 'name' | 'revision' | 'isQuarantined' | 'isSpooled'> & {
  isSnapshot: boolean;
  bytes: Uint8Array;
  read: ReadFrame;
};

/** All entries of a session, oldest first. */
export function timelineEntries(session: ReadSession, key: StoredKey): PlacedEntry[] {
  const { sessionId } = session.state;
  const imported = importedIdsOf(sessionId);
  const found = foundIn(session, key);
  const follow = followChanges(found.flatMap((one) => partOfState(one) ?? []));
  return found.map((one) => {
    const state = partOfState(one);
    const change = state ? follow(state) : NOTHING_CHANGED;
    const { name, revision, isSpooled } = one;
    const show = (valueMaxBytes: number) =>
      shown(one, { change, valueMaxBytes, isImported: imported.has(name) });
    return { name, revision, isSpooled, show };
  });
}

function foundIn({ state, frames, spooled = [] }: ReadSession, key: StoredKey): Found[] {
  const stored = frames.map(({ stored: { name, revision, kind, bytes }, read }): Found => {
    const isSnapshot = kind === 'snapshot';
    return { name, revision, isSnapshot, bytes, read, isQuarantined: false, isSpooled: false };
  });
  const quarantined = key.quarantine.map((frame): Found => {
    const { name, revision, kind, bytes } = frame;
    const placed = { name, revision, isSnapshot: kind === 'snapshot', bytes };
    const read = readStoredFrame(frame, state.sessionId);
    return { ...placed, read, isQuarantined: true, isSpooled: false };
  });
  const waiting = spooled.map(({ updateId: name, bytes, state }): Found => {
    const read: ReadFrame = { verdict: 'sound', state };
    return { name, bytes, read, ...SPOOLED };
  });
  return [...[...stored, ...quarantined].sort(byPlace), ...waiting];
}

const SPOOLED = { revision: 0, isSnapshot: false, isQuarantined: false, isSpooled: true };

/** The state that an entry adds; undefined if it is no part of the session's. */
function partOfState({ read, isQuarantined }: Found): SessionState | undefined {
  return isQuarantined ? undefined : read.state;
}

function byPlace(a: Found, b: Found): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  if (a.isQuarantined !== b.isQuarantined) return a.isQuarantined ? 1 : -1;
  return a.name < b.name ? -1 : 1;
}

function shown(
  { read, isSnapshot, bytes, ...placed }: Found,
  {
    change,
    valueMaxBytes,
    isImported,
  }: { change: StateChange; valueMaxBytes: number; isImported: boolean },
): TimelineEntry {
  const updates = read.state?.updates ?? [];
  const newest = updates.at(-1);
  const replaces = isSnapshot ? [] : replacedParts(updates);
  // What a snapshot adds is what it was merged from.
  const changes = entryChanges(isSnapshot ? NOTHING_CHANGED : change, valueMaxBytes);
  const oneUpdate = isSnapshot ? undefined : newest;
  const entry = {
    ...placed,
    kind: kindOf({ isSnapshot, replaces }),
    verdict: read.verdict,
    isImported,
    stamp: newest?.stamp,
    timestamp: newest?.timestamp ?? '',
    flowId: oneUpdate?.flowId ?? '',
    userId: oneUpdate?.userId ?? '',
    sizeBytes: bytes.length,
    ...(isIntact(read) ? frameEncoding(bytes) : { codec: Codec.UNSPECIFIED, keyId: '' }),
    updates: updates.length,
    replaces,
    ...changes,
  };
  return { ...entry, summary: entrySummary(entry) };
}

function kindOf({
  isSnapshot,
  replaces,
}: {
  isSnapshot: boolean;
  replaces: string[];
}): TimelineEntry['kind'] {
  if (isSnapshot) return 'snapshot';
  return replaces.length > 0 ? 'replacement' : 'delta';
}

/** Whether the digest of a frame matches, so that its first bytes mean something. */
function isIntact({ verdict }: ReadFrame): boolean {
  return verdict !== 'bad_length' && verdict !== 'bad_digest';
}
