// What must never happen, told from what callers were answered and what the servers did, by true
// time.

import type { Executed, Write } from './modelled-store.ts';
import type { Answer, Request } from './simulated-sidecar.ts';

/** How often a promise was broken. */
export type Broken = {
  /** An update came into being after an erase, though its caller had been answered, or told
   * before that it was dropped. */
  ghosts: number;
  /** An update that was received after the last erase had been done was dropped. */
  falseDrops: number;
  /** A lock was taken for a caller who had been answered, or who had given it back. */
  ghostLocks: number;
  /** A caller was told for certain what then proved wrong. */
  wrongCertainties: number;
};

export const NOTHING_BROKEN: Broken = {
  ghosts: 0,
  falseDrops: 0,
  ghostLocks: 0,
  wrongCertainties: 0,
};

const CERTAIN: readonly (Answer | undefined)[] = ['dropped', 'locked', 'lock-lost'];

type Known = { receivedTrueMs: number; hasStored: boolean };

export function createJudge(nowMs: () => number) {
  const broken = { ...NOTHING_BROKEN };
  const requests = new Map<Request, Known>();
  const requestOf = new Map<Write, Request>();
  const droppedIds = new Set<string>();
  const releasedTokens = new Set<string>();
  let lastEraseId = '';
  const live = new Set<string>();
  const erasedIds = new Set<string>();
  let lastErasedMs = Number.NEGATIVE_INFINITY;

  return {
    broken,
    made(request: Request): void {
      requests.set(request, { receivedTrueMs: nowMs(), hasStored: false });
    },
    sent: (write: Write, request: Request) => requestOf.set(write, request),

    executed(write: Write, { status }: Executed): void {
      const request = requestOf.get(write) as Request;
      const known = requests.get(request) as Known;
      const isOver = request.answer !== undefined;
      const isSurelyRefused = CERTAIN.includes(request.answer);
      if (status === 'stored' && write.kind === 'append') {
        known.hasStored = true;
        live.add(write.updateId);
        const isErasedSince = lastErasedMs > known.receivedTrueMs;
        if ((isOver && isErasedSince) || droppedIds.has(write.updateId)) broken.ghosts += 1;
        if (isSurelyRefused) broken.wrongCertainties += 1;
      }
      // Received before the erase, and remembered as erased from now on, whether its caller hears
      // of it or not.
      if (status === 'dropped' && write.kind === 'append' && lastErasedMs > known.receivedTrueMs)
        erasedIds.add(write.updateId);
      if (status === 'erased' && write.kind === 'erase' && write.eraseId !== lastEraseId) {
        lastEraseId = write.eraseId;
        lastErasedMs = nowMs();
        for (const other of requests.values()) other.hasStored = false;
        for (const id of live) erasedIds.add(id);
        live.clear();
      }
      if (status === 'held' && write.kind === 'lock') {
        if ((isOver && request.answer !== 'held') || releasedTokens.has(write.token))
          broken.ghostLocks += 1;
      }
      if (status === 'released' && write.kind === 'unlock') releasedTokens.add(write.token);
    },

    answered(request: Request, answer: Answer): void {
      const known = requests.get(request) as Known;
      const { asked } = request;
      if (asked.kind !== 'append') return;
      if (CERTAIN.includes(answer) && known.hasStored) broken.wrongCertainties += 1;
      if (answer !== 'dropped') return;
      const isGone = droppedIds.has(asked.updateId) || erasedIds.has(asked.updateId);
      if (lastErasedMs < known.receivedTrueMs && !isGone) broken.falseDrops += 1;
      droppedIds.add(asked.updateId);
    },
  };
}
