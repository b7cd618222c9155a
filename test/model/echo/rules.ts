// The rules by which sidecars offer again what a failover lost, each of which can be left out: the
// model then shows what it is for.

export type Rules = {
  /** Acknowledged updates are kept and offered again. */
  updates: boolean;
  /** Acknowledged erases as well. */
  erases: boolean;
  /** Records are compared with the present master whenever one is added, not only when the master
   * changes: an acknowledgement of the former master may arrive late. */
  lateAcknowledgements: boolean;
  /** The offset of a write is taken from a sample that was sent after its acknowledgement, else
   * from the last one before. */
  offsetFromLaterSample: boolean;
  /** A write is kept until all replicas that were seen have it; `listed`: those that are connected;
   * `age`: for a while. */
  window: 'seen' | 'listed' | 'age';
  /** A write is skipped only if the new master's history includes its offset, else if the new
   * master comes from the one that acknowledged it. */
  exactSuffix: boolean;
  /** What was offered again is kept until the replicas of the new master have it. */
  keepsOffered: boolean;
  /** A sidecar offers its own writes before it reads or writes conditionally under a new id. */
  ownFirst: boolean;
  /** Etags name the replication id under which they were handed out. */
  etagTag: boolean;
  /** A repeated erase removes what the first one removed; else everything. */
  spares: boolean;
  /** A repeated erase drops late updates by its own moment; else by that of the repetition. */
  ownMoment: boolean;
  /** Frames have the moments of their updates, and a repeated erase removes those with one before
   * its own; else snapshots of a session that was created before it. */
  moments: boolean;
  /** Compaction pauses under a new replication id. */
  hold: boolean;
  /** Lost conditional writes are reported. */
  reports: boolean;
};

export const RULES: Rules = {
  updates: true,
  erases: true,
  lateAcknowledgements: true,
  offsetFromLaterSample: true,
  window: 'seen',
  exactSuffix: true,
  keepsOffered: true,
  ownFirst: true,
  etagTag: true,
  spares: true,
  ownMoment: true,
  moments: true,
  hold: true,
  reports: true,
};

/** What may be found broken. */
export type Finding =
  /** An acknowledged update is not there in the end. */
  | 'lost'
  /** Nor was it there two seconds after a promotion. */
  | 'late'
  /** An erased update is there in the end. */
  | 'back'
  /** A sidecar answers a session without an update that it acknowledged itself. */
  | 'unseen'
  /** An etag of a former master let a write through that had not seen what was lost. */
  | 'matchedByOldEtag'
  /** A conditional write was lost, and nobody said so. */
  | 'unreported'
  /** It was reported as lost, and is there. */
  | 'reportedWrongly';

/** A rule left out, and what that breaks. */
type WithoutRule = { change: Partial<Rules>; breaks: Finding };

export const WITHOUT_RULES: Readonly<Record<string, WithoutRule>> = {
  'no echo at all': { change: { updates: false, erases: false }, breaks: 'lost' },
  'updates are offered again, erases are not': { change: { erases: false }, breaks: 'back' },
  'offered only when the master changes': {
    change: { lateAcknowledgements: false },
    breaks: 'back',
  },
  'offsets from the sample before': { change: { offsetFromLaterSample: false }, breaks: 'lost' },
  'kept until connected replicas have it': { change: { window: 'listed' }, breaks: 'lost' },
  'kept for 25 s': { change: { window: 'age' }, breaks: 'lost' },
  'all that the former master acknowledged counts as there': {
    change: { exactSuffix: false },
    breaks: 'lost',
  },
  'forgotten once offered': { change: { keepsOffered: false }, breaks: 'unseen' },
  'reads do not wait for own writes': { change: { ownFirst: false }, breaks: 'unseen' },
  'etags without a replication id': { change: { etagTag: false }, breaks: 'matchedByOldEtag' },
  'a repeated erase removes everything': { change: { spares: false }, breaks: 'lost' },
  'a repeated erase drops what was received since': {
    change: { ownMoment: false },
    breaks: 'lost',
  },
  'frames without moments': { change: { moments: false }, breaks: 'back' },
  'compaction does not pause': { change: { hold: false }, breaks: 'lost' },
  'conditional writes are not reported': { change: { reports: false }, breaks: 'unreported' },
};
