import { expect, test } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const TRACE = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

/** The exposition in both formats, that of Prometheus before and after the other. */
async function expositions(exemplar: () => typeof TRACE | undefined) {
  const metrics = createMetrics({ version: '1.2.3', exemplar });
  metrics.persistSeconds.observe({ status: 'accepted' }, 0.003);
  metrics.storeSeconds.observe({ operation: 'append', result: 'ok' }, 20);
  metrics.lockWaitSeconds.observe(0.2);
  metrics.persistedBytes.observe(700);
  metrics.errors.inc({ error_type: 'invalid' });
  const before = await metrics.exposition();
  const open = (await metrics.openMetrics?.exposition()) ?? '';
  return { open, before, after: await metrics.exposition() };
}

function sampleNames(text: string): string[] {
  const names = text.matchAll(/^([a-z_]\w*)[ {]/gm).map(([, name = '']) => name);
  return [...new Set(names)].sort();
}

test('there is a format of OpenMetrics only where requests are traced', () => {
  expect(createMetrics({ version: '1' }).openMetrics).toBeUndefined();
});

test('it is legal: counters and their series, bounds, help, and its end', async () => {
  const { open } = await expositions(() => TRACE);
  expect(open).toMatch(/\n# EOF\n$/);
  expect(open).not.toMatch(/\n\n/);
  const families = [...open.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name);
  expect(families.length).toBeGreaterThan(20);
  const names = sampleNames(open);
  for (const family of families) {
    expect(family).not.toMatch(/_total$/);
    expect(names).not.toContain(family);
    expect(open).toContain(`# HELP ${family} `);
  }
  const bounds = [...open.matchAll(/[{,]le="([^"]*)"/g)].map(([, bound = '']) => bound);
  expect(bounds.length).toBeGreaterThan(50);
  expect(bounds.filter((bound) => !/^(\d+\.\d+|\+Inf)$/.test(bound))).toEqual([]);
  const helps = [...open.matchAll(/^# HELP \S+ (.*)$/gm)].map(([, help = '']) => help);
  expect(helps.filter((help) => help.includes('"'))).toEqual([]);
});

test('it has the samples of the other format, which stays as it was', async () => {
  const { open, before, after } = await expositions(() => TRACE);
  expect(sampleNames(open)).toEqual(sampleNames(before));
  expect(sampleNames(after)).toEqual(sampleNames(before));
  expect(before).not.toContain(TRACE.trace_id);
});

test('it has exemplars of latencies alone, where there is a trace', async () => {
  const lines = (await expositions(() => TRACE)).open.split('\n');
  const withExemplars = lines.filter((line) => line.includes(' # {'));
  expect(withExemplars.map((line) => /^[^ ]+/.exec(line)?.[0])).toEqual([
    'cognigy_session_persist_seconds_bucket{le="0.005",status="accepted"}',
    'cognigy_session_lock_wait_seconds_bucket{le="0.25"}',
    'cognigy_session_store_seconds_bucket{le="+Inf",operation="append",result="ok"}',
  ]);
  const ids = `trace_id="${TRACE.trace_id}",span_id="${TRACE.span_id}"`;
  for (const line of withExemplars) expect(line).toContain(` # {${ids}} `);
  expect((await expositions(() => undefined)).open).not.toContain(' # {');
});
