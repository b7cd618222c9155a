import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/telemetry/log.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { openTracing } from '../../../src/telemetry/opentelemetry/open-tracing.ts';
import { WAITING_MAX } from '../../../src/telemetry/opentelemetry/span-export.ts';
import { type Collector, startCollector } from '../../support/collector.ts';
import { waitFor } from '../../support/wait-for.ts';

const OUTCOME = { name: 'a request', attributes: {}, isError: false };

function tracingTo({ endpoint }: Collector) {
  const tracing = openTracing(
    {
      ...{ url: `${endpoint}/v1/traces`, headers: () => ({}), serviceName: '' },
      ...{ resourceAttributes: {}, sampler: 'always_on', samplerRatio: 1 },
    },
    { version: 'test' },
  );
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', write: (line) => logged.push(JSON.parse(line)) });
  const metrics = createMetrics({ version: 'test' });
  tracing.reportTo({ log, metrics });
  const count = async (result: string) => {
    const exposition = await metrics.exposition();
    return Number(exposition.split(`traced_spans_total{result="${result}"} `)[1]?.split('\n')[0]);
  };
  const serve = (requests: number) => {
    for (let request = 0; request < requests; request++)
      tracing.startRequest('GET', {}).end(OUTCOME);
  };
  return { tracing, logged, count, serve };
}

test('while the collector does not answer, no more spans are kept than may wait', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.stop());
  collector.freeze();
  const { tracing, logged, count, serve } = tracingTo(collector);
  serve(WAITING_MAX + 100);
  expect(await count('dropped')).toBe(100);
  // Also once the first of them are on their way.
  await waitFor(() => expect(collector.requests.length).toBeGreaterThan(0));
  serve(50);
  expect(await count('dropped')).toBe(150);
  expect(logged[0]).toMatchObject({ message: 'spans of traces are lost', result: 'dropped' });
  expect(logged[0]).toMatchObject({ url: `${collector.endpoint}/v1/traces`, level: 'warn' });
  const startedMs = performance.now();
  await tracing.shutdown(100);
  expect(performance.now() - startedMs).toBeLessThan(2000);
});

test('all spans are sent before it is shut down, and counted', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.stop());
  const { tracing, count, serve } = tracingTo(collector);
  serve(WAITING_MAX);
  await tracing.shutdown(20_000);
  expect(collector.spans.length).toBe(WAITING_MAX);
  expect(await count('exported')).toBe(WAITING_MAX);
  expect(await count('failed')).toBe(0);
});

test('what a collector refuses is counted and logged, once in a while', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.stop());
  collector.refuse();
  const { tracing, logged, count, serve } = tracingTo(collector);
  serve(3);
  await tracing.shutdown(20_000);
  expect(await count('failed')).toBe(3);
  expect(logged.length).toBe(1);
  expect(logged[0]).toMatchObject({ result: 'failed', level: 'warn' });
});
