// The latest failure of each server, for messages that name host and cause. A command that found no
// connection does not know why there is none; the connection attempt does, and its reason is
// remembered here.

/** Addresses come and go with a cluster's servers; the oldest beyond these are forgotten. */
const REMEMBERED_ADDRESSES = 100;

export type NodeHealthEvents = {
  /** A connection failed, in a way that was not reported for this address since it last
   * connected. */
  onConnectionError: (failure: { address: string; reason: string }) => void;
  /** A connection is ready. */
  onConnected: (connected: { address: string }) => void;
};

/** What is wrong with a server; without an address, with every one. */
export type NodeFailure = { address?: string | undefined; reason: string };

export type NodeHealth = {
  connected(address: string): void;
  failed(address: string, reason: string): void;
  /** Nothing is wrong with the address any more. */
  forget(address: string): void;
  /** What is wrong with one address, or, where none is given, with all; never empty. */
  failures(address: string | undefined): NodeFailure[];
  /** Whether anything is wrong with any address. */
  hasFailures(): boolean;
};

export function createNodeHealth({ onConnectionError, onConnected }: NodeHealthEvents): NodeHealth {
  const reasons = new Map<string, string>();

  return {
    connected(address) {
      reasons.delete(address);
      onConnected({ address });
    },

    forget(address) {
      reasons.delete(address);
    },

    failed(address, reason) {
      if (reasons.get(address) === reason) return;
      reasons.set(address, reason);
      const [oldest] = reasons.keys();
      if (reasons.size > REMEMBERED_ADDRESSES && oldest !== undefined) reasons.delete(oldest);
      onConnectionError({ address, reason });
    },

    failures(address) {
      if (address !== undefined)
        return [{ address, reason: reasons.get(address) ?? 'not connected' }];
      if (reasons.size === 0) return [{ reason: 'not connected yet' }];
      return Array.from(reasons, ([failing, reason]) => ({ address: failing, reason }));
    },

    hasFailures: () => reasons.size > 0,
  };
}
