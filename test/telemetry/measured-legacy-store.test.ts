import { expect, test } from 'vitest';
import type { LegacyStore } from '../../src/store/legacy-store.ts';
import { StoreUnavailable } from '../../src/store/session-store.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMeasuredLegacyStore } from '../../src/telemetry/measured-legacy-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const ROUND_TRIPS = 'cognigy_session_store_round_trips_total';
const SECONDS = 'cognigy_session_store_seconds_count';

function measured(call: () => Promise<never>) {
  const metrics = createMetrics({ version: 'test' });
  const logged: string[] = [];
  const log = createLog({ level: 'warn', write: (line) => logged.push(line) });
  const store = { find: call, remove: call } as unknown as LegacyStore;
  return { legacy: createMeasuredLegacyStore(store, { metrics, log }), metrics, logged };
}

test('each call is handed on, counted once, and timed as ok', async () => {
  const { legacy, metrics, logged } = measured(async () => 'answer' as never);
  expect(await legacy.find('s')).toBe('answer');
  expect(await legacy.remove('s')).toBe('answer');
  const exposition = await metrics.exposition();
  for (const operation of ['find_legacy', 'remove_legacy']) {
    expect(exposition).toContain(`${ROUND_TRIPS}{operation="${operation}"} 1`);
    expect(exposition).toContain(`${SECONDS}{operation="${operation}",result="ok"} 1`);
  }
  expect(logged).toEqual([]);
});

test('a call without an answer is counted, logged and refused, and is not of the store', async () => {
  const { legacy, metrics, logged } = measured(async () => {
    throw new StoreUnavailable('findLegacy', { reason: 'it is down' });
  });
  await expect(legacy.find('a session')).rejects.toThrow(StoreUnavailable);
  await expect(legacy.remove('a session')).rejects.toThrow(StoreUnavailable);
  const exposition = await metrics.exposition();
  expect(exposition).toContain(`${SECONDS}{operation="find_legacy",result="unavailable"} 1`);
  expect(exposition).toContain(`${SECONDS}{operation="remove_legacy",result="unavailable"} 1`);
  expect(logged.join('')).toContain('it is down');
  expect(logged.join('')).not.toContain('a session');
});
