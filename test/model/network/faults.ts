// What the network and the clocks do to a trial.

export type Faults = {
  /** Bytes of one connection are held for up to four seconds, while new connections pass. */
  holds?: boolean;
  /** All connections of one sidecar stand still for four seconds. */
  linkDown?: boolean;
  /** Connections end; what was sent on them is delivered all the same. */
  closes?: boolean;
  /** Replies of a connection come no more. */
  repliesLost?: boolean;
  /** Up to 200 ms more on any way. */
  jitter?: boolean;
  /** The server stands still for up to four seconds; its clock goes on. */
  serverStopped?: boolean;
  /** Server clocks are set: by so many milliseconds. */
  serverSteps?: readonly number[];
  /** A server's machine is frozen, clock and all. */
  serverFrozen?: boolean;
  /** A sidecar's machine is suspended, and its monotonic clock with it. */
  sidecarSuspended?: boolean;
  /** The session moves between two masters, one of whose clocks is so many milliseconds ahead. */
  moves?: readonly number[];
};

type FaultRow = {
  faults: Faults /** What the rules do not promise; see docs/concepts.md. */;
  isResidue?: boolean;
};

const MOST: Faults = {
  ...{
    holds: true,
    linkDown: true,
    closes: true,
    repliesLost: true,
    jitter: true,
    serverStopped: true,
  },
  sidecarSuspended: true,
};

export const FAULTS = {
  none: { faults: {} },
  'held connection': { faults: { holds: true } },
  'link down': { faults: { linkDown: true } },
  'delivered after close': { faults: { closes: true, holds: true } },
  'replies lost': { faults: { repliesLost: true, closes: true } },
  jitter: { faults: { jitter: true } },
  'server stopped': { faults: { serverStopped: true, closes: true } },
  'server clock +0.3 s, +5 s': { faults: { serverSteps: [300, 5000], holds: true } },
  'sidecar suspended': { faults: { sidecarSuspended: true, holds: true } },
  'moved, MOVED and ASK': { faults: { moves: [0], holds: true, closes: true } },
  'all but set clocks, moving': { faults: { ...MOST, moves: [0] } },
  'all of these, one master': { faults: { ...MOST, serverSteps: [300, 5000] } },
  'server clock -0.3 s, -5 s': {
    faults: { serverSteps: [-300, -5000], holds: true },
    isResidue: true,
  },
  'server frozen with its clock': { faults: { serverFrozen: true, holds: true }, isResidue: true },
  'masters 4 ms apart': { faults: { ...MOST, moves: [4, -4] }, isResidue: true },
  'masters an hour apart': {
    faults: { moves: [3_600_000, -3_600_000], holds: true },
    isResidue: true,
  },
} satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof FAULTS;

export function faultsOf(name: FaultName): Faults {
  return FAULTS[name].faults;
}

/** Whether the fault is one under which the rules do not promise everything. */
export function isResidue(name: FaultName): boolean {
  return 'isResidue' in FAULTS[name];
}
