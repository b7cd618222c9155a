import { STORE_WARNING_KINDS, type StoreSetup } from '../store/store-setup.ts';
import type { Metrics } from './metrics.ts';

/** Records how the servers of the store are set up. */
export function recordStoreSetup(
  metrics: Metrics,
  { warnings, memoryRatio, clockSkewMs, clockWidthMs }: StoreSetup,
): void {
  for (const kind of STORE_WARNING_KINDS)
    metrics.storeWarnings.set({ kind }, warnings.filter((one) => one.kind === kind).length);
  metrics.storeMemoryRatio.set(memoryRatio);
  metrics.storeClockSkewSeconds.set(clockSkewMs / 1000);
  metrics.storeClockWidthSeconds.set(clockWidthMs / 1000);
}
