// What a store reports when something in it has expired. What is erased is not reported: the caller of
// the erase knows.

/** What ended. `lock`: one that nobody released, and nobody has noticed until its store forgot it.
 * `quarantine`: one frame in quarantine. */
export const END_KINDS = ['session', 'lock', 'tombstone', 'quarantine'] as const;
export type EndKind = (typeof END_KINDS)[number];

export type Ended = { kind: EndKind; sessionId: string };

export type EndEvents = {
  /** Called once for each end, by one of the processes on a store, within seconds; within a minute
   * by the embedded store. Never throws. */
  onEnded?: ((ended: Ended) => void) | undefined;
  /** How many of the sets that hold the ends to come this process sweeps. */
  onEndSetsHeld?: ((sets: number) => void) | undefined;
  /** The end of something could not be noted, and may not be reported. */
  onEndNotNoted?: (() => void) | undefined;
  /** Ends could not be noted or swept; it is tried again. */
  onEndsFailed?: ((cause: unknown) => void) | undefined;
  /** Whether the servers report expired keys has changed: what is wrong, a line each. */
  onExpiryEventsChecked?: ((problems: readonly string[]) => void) | undefined;
};
