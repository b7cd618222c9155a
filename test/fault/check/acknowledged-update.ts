import type { SentUpdate } from '../load/ledger.ts';

/** An update that was acknowledged at that time. */
export function acknowledgedAt(atMs: number, durability = 'stored'): SentUpdate {
  return {
    ...{ sessionId: 's', mark: 'm', part: 'variables' },
    ...{ identity: {}, firstSentMs: 0, settledMs: atMs },
    acknowledged: { sentMs: 0, atMs, durability, revision: 1 },
  };
}
