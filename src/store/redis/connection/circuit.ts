// A circuit breaker for each master. A master that is frozen costs every command its whole timeout,
// and the commands pile up in this process. So after a few timeouts in a row, commands for it fail
// at once, with the reason of the last one; the other masters are not affected. Likewise after a few
// connections in a row that could not be made: a caller that has somewhere else to turn, the spool,
// need not wait for a master that is down.
//
// While the circuit of a master is open, it is asked for its time, once at a time. When it answers,
// commands are sent to it again; if these still time out, the circuit opens again. A master that was
// replaced is forgotten with its address: its successor has another.

/** Failures in a row, without any answer in between. */
const FAILURES_MAX = 3;
/** How long after the end of one question the next one is sent. */
const PROBE_PAUSE_MS = 100;
/** Addresses that are remembered. */
const ADDRESSES_MAX = 1000;

export type CircuitEvents = {
  /** The circuit of a master was opened or closed. `open`: how many are open now. */
  onCircuitChanged?: (changed: {
    address: string;
    isOpen: boolean;
    reason: string;
    open: number;
  }) => void;
  /** A command was refused because a circuit is open. */
  onCircuitRefused?: () => void;
};

export type Circuits = {
  /** Whether every master answered its latest command. */
  areQuiet(): boolean;
  /** Why commands for that master are refused now; undefined if they are not. */
  refusal(address: string): string | undefined;
  /** The master answered, be it with an error. */
  answered(address: string): void;
  /** It did not answer in time, or cannot be reached, for this reason. `ask` is called until it
   * resolves; it rejects where the master is not connected, or does not answer. */
  unanswered(address: string, reason: string, ask: () => Promise<unknown>): void;
  /** No probe is sent any more. */
  close(): void;
};

type Circuit = { failures: number; isOpen: boolean; reason: string };

export function createCircuits({
  onCircuitChanged = () => {},
  onCircuitRefused = () => {},
}: CircuitEvents): Circuits {
  /** Of masters that did not answer the latest command. */
  const circuits = new Map<string, Circuit>();
  let isClosed = false;

  return {
    areQuiet: () => circuits.size === 0,
    refusal(address) {
      const circuit = circuits.get(address);
      if (!circuit?.isOpen) return undefined;
      onCircuitRefused();
      const times = `${circuit.failures} times in a row`;
      return `${circuit.reason}, ${times}: nothing is sent to it until it answers`;
    },
    answered: close,
    unanswered(address, reason, ask) {
      const circuit = circuits.get(address) ?? { failures: 0, isOpen: false, reason };
      circuits.delete(address);
      circuits.set(address, circuit);
      const [oldest] = circuits.keys();
      if (circuits.size > ADDRESSES_MAX && oldest !== undefined) circuits.delete(oldest);
      circuit.failures += 1;
      circuit.reason = reason;
      if (circuit.isOpen || circuit.failures < FAILURES_MAX) return;
      circuit.isOpen = true;
      changed(address, circuit);
      probe(address, circuit, ask);
    },
    close() {
      isClosed = true;
    },
  };

  function close(address: string): void {
    const circuit = circuits.get(address);
    if (circuit === undefined) return;
    circuits.delete(address);
    if (!circuit.isOpen) return;
    circuit.isOpen = false;
    changed(address, circuit);
  }

  function changed(address: string, { isOpen, reason }: Circuit): void {
    const open = [...circuits.values()].filter((circuit) => circuit.isOpen).length;
    onCircuitChanged({ address, isOpen, reason, open });
  }

  /** Asks until the master answers, or is no longer the one that was asked. */
  function probe(address: string, circuit: Circuit, ask: () => Promise<unknown>): void {
    const again = () => {
      if (isClosed || circuits.get(address) !== circuit || !circuit.isOpen) return;
      ask().then(
        () => close(address),
        () => setTimeout(again, PROBE_PAUSE_MS).unref(),
      );
    };
    again();
  }
}
