import type { SentErase, SentUpdate } from '../load/ledger.ts';

/** How long after its connection broke a request may still take effect: a killed sidecar's command
 * is under way, or waits in a connection that is cut off, and is refused once it is too late. And
 * of a spooled update it is known no better whether it came before an erase: in doubt the erase
 * wins. */
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
  if (after.some(({ durability }) => durability !== undefined)) return 'erased';
  if (acknowledged === undefined) return 'either';
  const isUntouched = erases.every(({ settledMs: endedMs, durability }) => {
    const isInDoubt = durability === undefined || acknowledged.durability === 'spooled';
    const overMs = endedMs + (isInDoubt ? UNDER_WAY_MS : 0);
    return overMs < acknowledged.sentMs;
  });
  return isUntouched ? 'there' : 'either';
}

/** The durability of the erases that the mark of an update did not survive: replicated if one of
 * them is. */
export function durabilityOfErase(update: SentUpdate, erases: readonly SentErase[]): string {
  const levels = erases
    .filter(({ sentMs }) => sentMs > update.settledMs)
    .map(({ durability }) => durability);
  return levels.find((level) => level !== undefined && isOnReplicas(level)) ?? 'stored';
}

/** Whether what is kept so survives the death of a master. */
export function isOnReplicas(durability: string): boolean {
  return durability === 'replicated' || durability === 'synced';
}
