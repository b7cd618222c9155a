// Divides a limited amount among peers, so that no peer can take all of it from the others.
//
// A peer may hold up to 3 times what is still free. One peer alone thus gets three quarters of the
// limit, two get three sevenths each, and a newcomer always finds something free. Nothing is
// reserved for peers that are not there, and no list of peers has to be configured.

/** How many times the free amount a peer may hold. */
const PEER_TIMES_FREE = 3;

/** Amounts that peers hold. A peer that holds nothing takes no memory. */
export type FairShares = {
  /** Sum over all peers. */
  total(): number;
  /** Whether this peer may hold `amount` more. */
  fits(peer: string, amount: number): boolean;
  /** Notes that the peer holds `amount` more, or less if it is negative. Does not check the
   * limit. */
  add(peer: string, amount: number): void;
};

export function createFairShares(limit: number): FairShares {
  const held = new Map<string, number>();
  let total = 0;
  return {
    total: () => total,
    fits(peer, amount) {
      const free = limit - total - amount;
      return (
        free >= 0 && (held.get(peer) ?? 0) + amount <= Math.max(amount, PEER_TIMES_FREE * free)
      );
    },
    add(peer, amount) {
      total += amount;
      const sum = (held.get(peer) ?? 0) + amount;
      if (sum === 0) held.delete(peer);
      else held.set(peer, sum);
    },
  };
}

/** The most that one peer may hold if there is no other. */
export function largestShare(limit: number): number {
  return Math.floor((limit * PEER_TIMES_FREE) / (PEER_TIMES_FREE + 1));
}
