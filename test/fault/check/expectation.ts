import type { SentErase, SentUpdate } from '../load/ledger.ts';

/** How long after its connection broke a request may still take effect: a killed sidecar's command
 * is under way, or waits in a connection that is cut off, and is refused once it is too late. */
const UNDER_WAY_MS = 3000;

/** Whether the mark of an update must be in its session in the end, given the erases of that
 * session. `either`: the update's outcome is unknown, or it met an erase on its way. */
export function expectationOf(
  update: SentUpdate,
  erases: readonly SentErase[],
): 'there' | 'erased' | 'never stored' | 'either' {
  const { acknowledged, settledAs, settledMs } = update;
  if (settledAs === 'refused' || settledAs === 'dropped') return 'never stored';
  const after = erases.filter(({ sentMs }) => sentMs > settledMs);
  if (after.some(({ isAcknowledged }) => isAcknowledged)) return 'erased';
  if (acknowledged === undefined) return 'either';
  const isUntouched = erases.every(({ settledMs: endedMs, isAcknowledged }) => {
    const overMs = endedMs + (isAcknowledged ? 0 : UNDER_WAY_MS);
    return overMs < acknowledged.sentMs;
  });
  return isUntouched ? 'there' : 'either';
}
