// One session as a master stores it: what the scripts do, the plain way. States are values: a
// master keeps one for each offset of its history, so any replica can be promoted with its own.

import type { Rules } from './rules.ts';

/** How many folded ids a session remembers: few, so that the model meets forgotten ones. */
const RECENT = 4;

export type Frame = {
  name: string;
  /** Of all updates in it. */
  ids: readonly string[];
  revision: number;
  /** When the first and the last of them were received. */
  lowestMs: number;
  highestMs: number;
};

export type Remembered = { id: string; revision: number };

export type Session = {
  /** 0: there is no session. */
  incarnation: number;
  createdMs: number;
  revision: number;
  chain: number;
  frames: readonly Frame[];
  recent: readonly Remembered[];
  tombstone: { instantMs: number; eraseId: string } | undefined;
  /** Only with a tombstone. */
  erased: ReadonlySet<string>;
};

export const NOTHING: Session = {
  incarnation: 0,
  createdMs: 0,
  revision: 0,
  chain: 0,
  frames: [],
  recent: [],
  tombstone: undefined,
  erased: new Set(),
};

export type Appended = 'stored' | 'known' | 'dropped' | 'conflict';

/** The rules of a repeated erase; see rules.ts. */
export type Sparing = Pick<Rules, 'spares' | 'ownMoment' | 'moments'>;

/** What became of a conditional write that is not there. */
export type ConditionalOutcome = 'lost' | 'unknown';

/** Appends an update that was received at `momentMs`. */
export function append(
  session: Session,
  update: { id: string; momentMs: number; ifMatch?: number },
): { after: Session; status: Appended } {
  const { id, momentMs, ifMatch } = update;
  const isKnown =
    session.frames.some(({ name }) => name === id) || session.recent.some((one) => one.id === id);
  if (isKnown) return { after: session, status: 'known' };
  const { tombstone, erased } = session;
  if (tombstone && (erased.has(id) || momentMs < tombstone.instantMs)) {
    const after = { ...session, erased: new Set([...erased, id]) };
    return { after, status: 'dropped' };
  }
  if (ifMatch !== undefined && ifMatch !== session.chain)
    return { after: session, status: 'conflict' };
  return { after: appended(session, id, momentMs), status: 'stored' };
}

function appended(session: Session, id: string, momentMs: number): Session {
  const isNew = session.incarnation === 0;
  const incarnation = isNew ? hashOf(0, `${id} ${momentMs}`) : session.incarnation;
  const revision = session.revision + 1;
  return {
    ...session,
    incarnation,
    createdMs: isNew ? momentMs : session.createdMs,
    revision,
    chain: hashOf(isNew ? incarnation : session.chain, id),
    frames: [
      ...session.frames,
      { name: id, ids: [id], revision, lowestMs: momentMs, highestMs: momentMs },
    ],
  };
}

/** What a repeated erase has to know of the first one. */
export type Erasure = {
  eraseId: string;
  instantMs: number;
  /** All that it removed or had been removed before, as far as it is remembered. */
  erased: ReadonlySet<string>;
};

/** Erases everything. */
export function erase(
  session: Session,
  { eraseId, nowMs }: { eraseId: string; nowMs: number },
): { after: Session; erasure: Erasure } {
  const { tombstone, recent, frames, erased } = session;
  if (tombstone?.eraseId === eraseId)
    return { after: session, erasure: { eraseId, instantMs: tombstone.instantMs, erased } };
  const all = new Set([...erased, ...recent.map(({ id }) => id), ...idsOf(frames)]);
  const after = { ...NOTHING, tombstone: { instantMs: nowMs, eraseId }, erased: all };
  return { after, erasure: { eraseId, instantMs: nowMs, erased: all } };
}

/** Repeats an erase on a master that does not have it, and spares what was received after it. */
export function eraseAgain(
  session: Session,
  erasure: Erasure,
  { nowMs, rules }: { nowMs: number; rules: Sparing },
): Session {
  const { eraseId, instantMs } = erasure;
  if (session.tombstone?.eraseId === eraseId) return session;
  const isRemoved = (frame: Frame) => {
    if (!rules.spares) return true;
    if (isDelta(frame) && erasure.erased.has(frame.name)) return true;
    if (rules.moments) return frame.lowestMs < instantMs;
    // Without moments only that is known of a snapshot.
    return !isDelta(frame) && session.createdMs <= instantMs;
  };
  const removed = session.frames.filter(isRemoved);
  const spared = session.frames.filter((frame) => !isRemoved(frame));
  const hasSnapshot = spared.some((frame) => !isDelta(frame));
  const recent = hasSnapshot ? session.recent : [];
  const erased = new Set([
    ...session.erased,
    ...erasure.erased,
    ...idsOf(removed),
    ...(hasSnapshot ? [] : session.recent.map(({ id }) => id)),
  ]);
  const ownMs = rules.ownMoment ? instantMs : nowMs;
  const isLater = (session.tombstone?.instantMs ?? 0) >= ownMs;
  const tombstone = isLater ? session.tombstone : { instantMs: ownMs, eraseId };
  if (removed.length === 0) return { ...session, tombstone, erased };
  if (spared.length === 0) return { ...NOTHING, tombstone, erased };
  // As if it had run first, and what is spared had been appended then.
  const incarnation = hashOf(session.incarnation, eraseId);
  let [revision, chain] = [0, incarnation];
  const frames = spared.map((frame) => {
    revision = isDelta(frame) ? revision + 1 : frame.revision;
    chain = hashOf(chain, frame.name);
    return { ...frame, revision };
  });
  return {
    ...{ incarnation, createdMs: nowMs, revision, chain, frames, recent, tombstone, erased },
  };
}

function idsOf(frames: readonly Frame[]): string[] {
  return frames.filter(isDelta).map(({ name }) => name);
}

/** Folds frames that were read, if they are all still there. */
export function compact(
  session: Session,
  read: { name: string; incarnation: number; frames: readonly Frame[] },
): Session {
  const { frames, incarnation } = session;
  const isThere = read.frames.every((frame) =>
    frames.some(({ name, revision }) => name === frame.name && revision === frame.revision),
  );
  if (incarnation === 0 || read.incarnation !== incarnation || !isThere) return session;
  const folded = new Set(read.frames.map(({ name }) => name));
  const deltas = read.frames.filter(isDelta);
  const snapshot = {
    name: `snapshot:${read.name}`,
    ids: [...new Set(read.frames.flatMap(({ ids }) => ids))],
    revision: read.frames.at(-1)?.revision ?? 0,
    lowestMs: Math.min(...read.frames.map(({ lowestMs }) => lowestMs)),
    highestMs: Math.max(...read.frames.map(({ highestMs }) => highestMs)),
  };
  const recent = [
    ...session.recent,
    ...deltas.map(({ name, revision }) => ({ id: name, revision })),
  ].slice(-RECENT);
  return {
    ...session,
    recent,
    frames: [snapshot, ...frames.filter(({ name }) => !folded.has(name))],
  };
}

/** The updates that a reader sees. */
export function visibleIds({ frames }: Session): Set<string> {
  return new Set(frames.flatMap(({ ids }) => ids));
}

export function isDelta({ name }: Frame): boolean {
  return !name.startsWith('snapshot:');
}

/** Whether a conditional write is there, is lost, or neither can be told. */
export function conditionalIn(
  session: Session,
  { id, revision, incarnation }: { id: string; revision: number; incarnation: number },
): 'there' | ConditionalOutcome {
  const known = [
    ...session.recent,
    ...session.frames.map(({ name, revision: at }) => ({ id: name, revision: at })),
  ];
  if (known.some((one) => one.id === id)) return 'there';
  if (session.incarnation !== incarnation) return 'unknown';
  const individually = known.filter((one) => !one.id.startsWith('snapshot:'));
  const reachesBack = individually.some((one) => one.revision <= revision);
  return session.revision < revision || reachesBack ? 'lost' : 'unknown';
}

/** Never 0. */
function hashOf(previous: number, text: string): number {
  let hash = previous ^ 0x811c9dc5;
  for (let place = 0; place < text.length; place++)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return hash >>> 0 || 1;
}
