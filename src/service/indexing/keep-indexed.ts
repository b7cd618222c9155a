// Keeping a session in its user's index while updates come that name no user: a flow which posts
// context and history alone prolongs the session, but not the entry of a user that it does not
// name. So now and then, after the answer, the session is read to learn its user, and its entry is
// renewed.

import type { ServiceParts } from '../parts.ts';
import { indexEntryOf } from '../reading/index-entry.ts';
import { loadSession } from '../reading/read-session.ts';
import { userIdOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';

/** Most sessions have ended by then, and are never read for this. */
const FIRST_AFTER_MS = 10 * 60_000;
/** How often an entry is renewed within its time to live. */
const RENEWALS_PER_LIFE = 4;
/** Sessions remembered. The entry of one that is forgotten is renewed later. */
const REMEMBERED_MAX = 20_000;

export type KeepIndexed = {
  /** An update that names no user was stored. Never waits, never fails. */
  stored(update: { sessionId: string; ttlMs: number; receipt: Receipt }): void;
};

export function createKeepIndexed(
  parts: Pick<ServiceParts, 'store' | 'patience' | 'observer'>,
): KeepIndexed {
  const { patience, observer } = parts;
  // In the order of their renewals, oldest first.
  const dueAtMs = new Map<string, number>();

  return {
    stored({ sessionId, ttlMs, receipt }) {
      const nowMs = patience.nowMonotonicMs();
      const everyMs = ttlMs / RENEWALS_PER_LIFE;
      const due = dueAtMs.get(sessionId);
      if (due === undefined) remember(sessionId, nowMs + Math.min(FIRST_AFTER_MS, everyMs));
      if (due === undefined || nowMs < due) return;
      remember(sessionId, nowMs + everyMs);
      renew(sessionId, receipt).catch((cause) => observer.indexFailed({ sessionId, cause }));
    },
  };

  function remember(sessionId: string, due: number): void {
    dueAtMs.delete(sessionId);
    dueAtMs.set(sessionId, due);
    const [oldest] = dueAtMs.keys();
    if (dueAtMs.size > REMEMBERED_MAX && oldest !== undefined) dueAtMs.delete(oldest);
  }

  async function renew(sessionId: string, receipt: Receipt): Promise<void> {
    const store = parts.store.within(receipt);
    const live = await loadSession(store, sessionId);
    const userId = live ? userIdOf(live.state) : '';
    if (!live || userId === '') return;
    await store.index(indexEntryOf(live, { userId, receivedAtMonotonicMs: receipt.monotonicMs }));
  }
}
