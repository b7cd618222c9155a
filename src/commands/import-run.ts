// The import of all sessions of former services. It keeps no state of its own: a key that has been
// imported is recognised by the id of its update, and skipped. So a run that was killed, or met a
// store that failed for longer than it waits, is simply run again.

import type { BaseParts } from '../service/legacy/store-base.ts';
import type { LegacyKey } from '../store/legacy-store.ts';
import { type ImportResult, importOne } from './import-one.ts';
import { createPatience, createSlots } from './pacing.ts';

/** Keys that are imported at one time. */
const AT_ONCE = 32;

export type ImportOptions = {
  isDryRun: boolean;
  /** Keys of former services per second, at most. */
  rate: number;
  /** Aborted: no further key is begun. */
  signal: AbortSignal;
  /** Called with the result of each key. */
  onResult: (key: LegacyKey, result: ImportResult) => void;
  /** Called with the number of keys that were gone through, of any kind. */
  onScanned: (keys: number) => void;
};

/** Imports everything. Throws StoreUnavailable if a store did not answer for a minute. */
export async function importAll(parts: BaseParts, options: ImportOptions): Promise<void> {
  const { signal } = options;
  const slots = createSlots(options.rate);
  const patiently = createPatience(signal);
  // The scan of a master that fails begins again, on the one that replaces it.
  await patiently(async () => {
    for await (const { keys, scanned } of parts.legacy.scan()) {
      for (let first = 0; first < keys.length && !signal.aborted; first += AT_ONCE) {
        const some = keys.slice(first, first + AT_ONCE);
        await slots.take(some.length, signal);
        await Promise.all(some.map(importPatiently));
      }
      options.onScanned(scanned);
      if (signal.aborted) return;
    }
  });

  async function importPatiently(key: LegacyKey): Promise<void> {
    const result = await patiently(() => importOne(parts, key, options));
    if (result !== undefined) options.onResult(key, result);
  }
}
