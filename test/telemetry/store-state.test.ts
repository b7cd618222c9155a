import { expect, test } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createStoreState } from '../../src/telemetry/store-state.ts';

const SETUP = { memoryRatio: 0, signals: undefined, clockSkewMs: 0, clockWidthMs: 0 };

test('warns of masters that do not answer until they do, next to their setup', () => {
  const { observer, warnings } = createStoreState(createMetrics({ version: '1' }));
  const line = 'a: appendonly is no';
  observer.onSetup({ ...SETUP, warnings: [{ kind: 'no_append_only_file', line }] });
  expect(warnings()).toEqual([line]);
  const frozen = { address: 'b', reason: 'timeout after 1000 ms', isOpen: true, open: 1 };
  observer.onCircuitChanged(frozen);
  expect(warnings()).toEqual(['b: nothing is sent to it: timeout after 1000 ms', line]);
  observer.onCircuitChanged({ ...frozen, isOpen: false, open: 0 });
  expect(warnings()).toEqual([line]);
});
