import { STORE_WARNING_KINDS, type StoreSetup, type StoreSignals } from '../store/store-setup.ts';
import type { Metrics } from './metrics.ts';

/** Records in metrics what is known of the servers of the store, and keeps what `/readyz` warns
 * of. */
export function createStoreState(metrics: Metrics) {
  let setupWarnings: readonly string[] = [];
  /** Masters to which nothing is sent, by their addresses. */
  const openCircuits = new Map<string, string>();
  metrics.storeCircuitsOpen.set(0);

  return {
    warnings: (): readonly string[] => [
      ...Array.from(openCircuits, ([address, reason]) => `${address}: ${reason}`),
      ...setupWarnings,
    ],
    observer: {
      onSetup({ warnings, memoryRatio, signals, clockSkewMs, clockWidthMs }: StoreSetup) {
        setupWarnings = warnings.map(({ line }) => line);
        for (const kind of STORE_WARNING_KINDS)
          metrics.storeWarnings.set({ kind }, warnings.filter((one) => one.kind === kind).length);
        metrics.storeMemoryRatio.set(memoryRatio);
        if (signals) setSignals(metrics, signals);
        metrics.storeClockSkewSeconds.set(clockSkewMs / 1000);
        metrics.storeClockWidthSeconds.set(clockWidthMs / 1000);
      },
      onDurabilityWaited({ seconds, isConfirmed }: { seconds: number; isConfirmed: boolean }) {
        metrics.durabilityWaitSeconds.observe(
          { result: isConfirmed ? 'confirmed' : 'short' },
          seconds,
        );
      },
      onCircuitChanged(changed: {
        address: string;
        reason: string;
        isOpen: boolean;
        open: number;
      }) {
        const { address, reason, isOpen, open } = changed;
        if (isOpen) openCircuits.set(address, `nothing is sent to it: ${reason}`);
        else openCircuits.delete(address);
        metrics.storeCircuitsOpen.set(open);
      },
      onCircuitRefused: () => metrics.storeCircuitRefusals.inc(),
    },
  };
}

function setSignals(metrics: Metrics, signals: StoreSignals): void {
  metrics.storeConnectedReplicas.set(signals.connectedReplicas);
  metrics.storeReplicationLagBytes.set(signals.replicationLagBytes);
  metrics.storeEvictedKeys.inc(signals.evictedKeys);
  metrics.storeFailingDisks.set(signals.failingDisks);
  metrics.storeUncoveredSlots.set(signals.uncoveredSlots);
}
