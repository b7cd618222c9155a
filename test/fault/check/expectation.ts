import type { SentErase, SentUpdate } from '../load/ledger.ts';

/** How long after its connection broke a request may still take effect: a killed sidecar's command
 * is under way, or waits in a connection that is cut off, and is refused once it is too late. And of
 * a spooled update it is known no better whether it came before an erase: in doubt the erase wins. */
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
    const isInDoubt = !isAcknowledged || acknowledged.durability === 'spooled';
    const overMs = endedMs + (isInDoubt ? UNDER_WAY_MS : 0);
    return overMs < acknowledged.sentMs;
  });
  return isUntouched ? 'there' : 'either';
}
