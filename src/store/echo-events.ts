// What a store reports of the acknowledged writes that it keeps, to give them back after a failover
// (redis/echo).

export const ECHO_KINDS = ['erase', 'update', 'note', 'conditional'] as const;
export type EchoKind = (typeof ECHO_KINDS)[number];

/** What came of a write that was offered again. `there`: it was not lost. `restored`: it was.
 * `erased`: an erase has removed it since. `lost`, `unknown`: of a conditional write, which is only
 * looked up. */
export const ECHO_RESULTS = ['there', 'restored', 'erased', 'lost', 'unknown'] as const;
export type EchoResult = (typeof ECHO_RESULTS)[number];

export type EchoEvents = {
  /** How much is kept; called several times a second. */
  onEchoKept?: ((kept: { writes: number; bytes: number }) => void) | undefined;
  /** A write was offered again. */
  onEchoOffered?: ((offered: { kind: EchoKind; result: EchoResult }) => void) | undefined;
  /** A write was forgotten before the replicas had it, since there was no room. */
  onEchoOverrun?: (() => void) | undefined;
};
