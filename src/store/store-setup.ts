// How the servers of a store are set up, as far as that decides whether sessions last.

/** What endangers sessions. Label `kind` of `cognigy_session_store_warnings`. */
export const STORE_WARNING_KINDS = [
  /** The server frees memory by evicting what has an expiry. */
  'eviction',
  /** The server does not write to disk what it acknowledges. */
  'no_append_only_file',
  /** The server refuses writes, for a reason that lasts until somebody changes something. */
  'refuses_writes',
  /** Its clock is ahead of another's, so an erase and the updates around it are told apart less
   * well. */
  'clock_skew',
] as const;

export type StoreWarningKind = (typeof STORE_WARNING_KINDS)[number];

export type StoreSetup = {
  /** All that is wrong with the masters now; `line` begins with the address. In the order of the
   * lines. */
  warnings: readonly { kind: StoreWarningKind; line: string }[];
  /** Memory in use at the fullest master, as a share of its `maxmemory`; 0 if none has one, or
   * none tells. */
  memoryRatio: number;
  /** How far the clocks of two masters are apart at least, in milliseconds; a former master is
   * one of them for a while. */
  clockSkewMs: number;
  /** How precisely the least known of the masters' clocks is known, in milliseconds. */
  clockWidthMs: number;
};
