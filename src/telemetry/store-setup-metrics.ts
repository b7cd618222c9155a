// The recorders of how the servers of the store are set up.

import { Gauge, type Registry } from 'prom-client';
import { STORE_WARNING_KINDS, type StoreSetup } from '../store/store-setup.ts';
import { PROCESS_METRICS } from './process-metrics-table.ts';

export type StoreSetupMetrics = {
  /** The servers of the store were looked at. */
  storeSetUp(setup: StoreSetup): void;
};

export function createStoreSetupMetrics(registry: Registry): StoreSetupMetrics {
  const registers = [registry];
  const gauge = ({ name, help }: { name: string; help: string }) =>
    new Gauge({ name, help, registers });
  const { storeWarnings, storeMemoryRatio, storeClockSkewSeconds, storeClockWidthSeconds } =
    PROCESS_METRICS;
  const { name, help } = storeWarnings;
  const warned = new Gauge({ name, help, labelNames: ['kind'], registers });
  for (const kind of STORE_WARNING_KINDS) warned.set({ kind }, 0);
  const memoryRatioGauge = gauge(storeMemoryRatio);
  const skewSeconds = gauge(storeClockSkewSeconds);
  const widthSeconds = gauge(storeClockWidthSeconds);

  return {
    storeSetUp({ warnings, memoryRatio, clockSkewMs, clockWidthMs }) {
      for (const kind of STORE_WARNING_KINDS)
        warned.set({ kind }, warnings.filter((warning) => warning.kind === kind).length);
      memoryRatioGauge.set(memoryRatio);
      skewSeconds.set(clockSkewMs / 1000);
      widthSeconds.set(clockWidthMs / 1000);
    },
  };
}
