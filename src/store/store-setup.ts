// The settings of a store's servers that decide whether sessions are kept.

/** What endangers sessions. Label `kind` of `cognigy_session_store_warnings`. */
export const STORE_WARNING_KINDS = [
  /** The server frees memory by evicting keys that have an expiry. */
  'eviction',
  /** The server does not write to disk what it acknowledges. */
  'no_append_only_file',
  /** The server refuses writes, for a reason that lasts until an operator changes something. */
  'refuses_writes',
  /** Its clock is ahead of that of another server, so it is less certain whether an update came
   * before or after an erase. */
  'clock_skew',
  /** Fewer replicas are connected than an update is to wait for. */
  'too_few_replicas',
  /** Updates are to be on disk before they are answered, and this server cannot say when they are. */
  'not_synced',
] as const;

export type StoreWarningKind = (typeof STORE_WARNING_KINDS)[number];

export type StoreSignals = {
  /** How many replicas are connected to the master that has the fewest. */
  connectedReplicas: number;
  /** How far the replica is behind that is furthest behind, in bytes. */
  replicationLagBytes: number;
  /** Keys that were evicted since the last look. */
  evictedKeys: number;
  /** Masters that could not write to their disk. */
  failingDisks: number;
  /** Slots of a cluster that no master serves. */
  uncoveredSlots: number;
};

export type StoreSetup = {
  /** All that is wrong with the masters now, sorted by `line`, which begins with the address. */
  warnings: readonly { kind: StoreWarningKind; line: string }[];
  /** Memory in use at the fullest master, as a share of its `maxmemory`; 0 if none has one, or
   * none reports it. */
  memoryRatio: number;
  /** How the store is doing; undefined while no master answers INFO. */
  signals: StoreSignals | undefined;
  /** The least difference between the clocks of two masters, in milliseconds; a former master
   * counts as one for a while. */
  clockSkewMs: number;
  /** The uncertainty about the master's clock that is known least precisely, in milliseconds. */
  clockWidthMs: number;
};
