// What must never happen, by what callers were answered and what the session holds.

import type { ConditionalOutcome } from './modelled-session.ts';
import type { Seen } from './modelled-sidecar.ts';
import type { Finding } from './rules.ts';

type Update = {
  invokedMs: number;
  ackedMs: number | undefined;
  isConditional: boolean;
  reported: ConditionalOutcome | undefined;
};

type Erase = { invokedMs: number; ackedMs: number | undefined; answeredMs: number };

export function createFindings(nowMs: () => number) {
  const found: Partial<Record<Finding, number>> = {};
  const updates = new Map<string, Update>();
  const erases = new Map<string, Erase>();
  const count = (finding: Finding) => {
    found[finding] = (found[finding] ?? 0) + 1;
  };

  return {
    found,
    invoked(id: string, { isConditional = false } = {}): void {
      updates.set(id, {
        ...{ invokedMs: nowMs(), ackedMs: undefined, isConditional, reported: undefined },
      });
    },
    acked(id: string): void {
      const update = updates.get(id);
      if (update) update.ackedMs ??= nowMs();
    },
    eraseInvoked(id: string): void {
      erases.set(id, { invokedMs: nowMs(), ackedMs: undefined, answeredMs: Infinity });
    },
    eraseAnswered(id: string, { isAcked }: { isAcked: boolean }): void {
      const erase = erases.get(id);
      if (!erase || !isAcked) return;
      erase.ackedMs = nowMs();
      erase.answeredMs = nowMs();
    },
    reported(id: string, outcome: ConditionalOutcome): void {
      const update = updates.get(id);
      if (update) update.reported = outcome;
    },

    /** Acknowledged updates that must be visible now: no erase may have come after them. */
    mustBeVisible(): string[] {
      return [...updates]
        .filter(([, { ackedMs, isConditional }]) => ackedMs !== undefined && !isConditional)
        .filter(([, update]) => !mayBeErased(update))
        .map(([id]) => id);
    },
    count,

    /** A write was stored under an etag. One that another master handed out must not match a
     * session that has lost something which its sender had not seen. */
    matched(
      seen: Seen,
      {
        before,
        masterId,
        invokedMs,
      }: { before: ReadonlySet<string>; masterId: string; invokedMs: number },
    ): void {
      const isMissed = [...updates].some(
        ([id, update]) =>
          update.ackedMs !== undefined &&
          update.ackedMs < invokedMs &&
          !seen.ids.has(id) &&
          !before.has(id) &&
          !mayBeErased(update),
      );
      if (isMissed && seen.etag.masterId !== masterId) count('matchedByOldEtag');
    },

    /** When everything has settled. */
    ended(visible: ReadonlySet<string>): void {
      for (const id of this.mustBeVisible()) if (!visible.has(id)) count('lost');
      for (const [id, update] of updates) {
        const { ackedMs, isConditional, reported } = update;
        if (ackedMs === undefined) continue;
        const isErased = [...erases.values()].some(
          (erase) => erase.ackedMs !== undefined && erase.invokedMs > ackedMs,
        );
        if (visible.has(id) && isErased) count('back');
        if (!isConditional) continue;
        if (reported === 'lost' && visible.has(id)) count('reportedWrongly');
        if (reported === undefined && !visible.has(id) && !mayBeErased(update)) count('unreported');
      }
    },
  };

  function mayBeErased({ invokedMs }: Update): boolean {
    return [...erases.values()].some(({ answeredMs }) => answeredMs >= invokedMs);
  }
}
