// What has ended, as counts and lines: sessions by their log id, never more.

import { beforeEach, expect, test } from 'vitest';
import { logIdOf } from '../../src/session/log-id.ts';
import { createEndState } from '../../src/telemetry/end-state.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';

const sessionId = 'the-session-of-somebody';
const session = logIdOf(sessionId);

let written: string[];
let metrics: Metrics;
let state: ReturnType<typeof createEndState>;
beforeEach(() => {
  written = [];
  metrics = createMetrics({ version: '1' });
  const log = createLog({ level: 'debug', write: (line) => written.push(line) });
  state = createEndState(metrics, log);
});

const lines = () => written.map((line) => JSON.parse(line));
async function counted(line: string): Promise<number> {
  const found = (await metrics.exposition())
    .split('\n')
    .find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length));
}

test.each([
  ['session', 'ended_total{reason="expired"}', 'info'],
  ['lock', 'locks_total{result="lapsed"}', 'warn'],
  ['tombstone', 'expired_leftovers_total{kind="tombstone"}', 'debug'],
  ['quarantine', 'expired_leftovers_total{kind="quarantine"}', 'debug'],
] as const)('a %s that has ended is counted once, in %s', async (kind, name, level) => {
  expect(await counted(`cognigy_session_${name}`)).toBe(0);
  state.observer.onEnded({ kind, sessionId });
  expect(await counted(`cognigy_session_${name}`)).toBe(1);
  expect(lines()).toEqual([expect.objectContaining({ level, session })]);
  expect(written.join('')).not.toContain(sessionId);
});

test('sets that are swept, notes that are lost and failures show', async () => {
  expect(await counted('cognigy_session_end_sets_held')).toBe(0);
  state.observer.onEndSetsHeld(7);
  state.observer.onEndNotNoted();
  state.observer.onEndsFailed(new Error('no answer'));
  expect(await counted('cognigy_session_end_sets_held')).toBe(7);
  expect(await counted('cognigy_session_end_notes_lost_total')).toBe(1);
  expect(lines().map(({ level }) => level)).toEqual(['warn', 'warn']);
});

test('a server that reports no expired keys is named once, and warned of until it does', () => {
  const problems = ['127.0.0.1:1: no', '127.0.0.1:2: no'];
  state.observer.onExpiryEventsChecked(problems.slice(0, 1));
  state.observer.onExpiryEventsChecked(problems);
  expect(state.warnings()).toEqual(problems);
  expect(lines().map(({ problem }) => problem)).toEqual(problems);
  state.observer.onExpiryEventsChecked([]);
  expect(state.warnings()).toEqual([]);
});
