import { describe, expect, test } from 'vitest';
import { ERROR_TYPES } from '../../src/session/errors.ts';
import type { MetricDefinition } from '../../src/telemetry/metric-definition.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { METRICS, METRICS_PREFIX } from '../../src/telemetry/metrics-table.ts';
import { createRequestMetrics } from '../../src/telemetry/request-metrics.ts';
import { createStoreState } from '../../src/telemetry/store-state.ts';

const definitions: [string, MetricDefinition][] = Object.entries(METRICS);

/** Everything that can be recorded, once. */
function recordEverything(metrics: Metrics): void {
  for (const status of METRICS.persistSeconds.labels.status)
    metrics.persistSeconds.observe({ status }, 0.003);
  for (const error_type of ERROR_TYPES) metrics.errors.inc({ error_type });
  for (const outcome of METRICS.restores.labels.outcome) {
    metrics.restores.inc({ outcome });
    metrics.restoreSeconds.observe(0.002);
  }
  for (const verdict of METRICS.checksumFailures.labels.verdict)
    metrics.checksumFailures.inc({ verdict });
  for (const result of METRICS.compactions.labels.result) {
    metrics.compactions.inc({ result });
    metrics.compactionSeconds.observe(0.01);
  }
  for (const kind of METRICS.repairs.labels.kind) metrics.repairs.inc({ kind });
  for (const operation of METRICS.storeSeconds.labels.operation)
    for (const result of METRICS.storeSeconds.labels.result) {
      metrics.storeRoundTrips.inc({ operation });
      metrics.storeSeconds.observe({ operation, result }, 0.001);
    }
  metrics.persistedBytes.observe(700);
  metrics.framesPerRestore.observe(3);
  metrics.restoredBytes.observe(2100);
  metrics.lockWaitSeconds.observe(0.2);
  metrics.flowViolations.inc({ flow: 'default', keyword: 'required' });
  metrics.flowDefinitions.setEach({ loaded: 2, failed: 1 });
  metrics.lockContention.inc();
  for (const result of METRICS.locks.labels.result) metrics.locks.inc({ result });
  for (const found of METRICS.erased.labels.found) {
    metrics.erased.inc({ found });
    metrics.touches.inc({ found });
  }
  metrics.quarantinedFrames.inc(3);
  metrics.followedFiles.setEach({ loaded: 4, failed: 1 });
  metrics.certificateNotBefore.set({ use: 'rpc' }, 1_700_000_000);
  metrics.certificateExpiry.set({ use: 'rpc' }, 1_800_000_000);
  metrics.tlsHandshakeFailures.inc({ listener: 'webhook' });
  const { observer: store } = createStoreState(metrics);
  const frozen = { address: 'a', reason: 'timeout', isOpen: true, open: 1 };
  store.onCircuitChanged(frozen);
  store.onCircuitRefused();
  store.onDurabilityWaited({ seconds: 0.2, isConfirmed: false });
  metrics.durabilityReached.inc({ durability: 'synced' });
  metrics.durabilityShortfalls.inc();
  store.onSetup({
    warnings: [
      { kind: 'eviction', line: 'a: evicts' },
      { kind: 'eviction', line: 'b: evicts' },
    ],
    memoryRatio: 0.7,
    signals: {
      ...{ connectedReplicas: 1, replicationLagBytes: 20, evictedKeys: 3, failingDisks: 1 },
      uncoveredSlots: 5,
    },
    clockSkewMs: 1500,
    clockWidthMs: 0.4,
  });
  metrics.clientsCut.inc({ listener: 'webhook', cause: 'unread_answer' });
  metrics.bufferedLimit.set(4000);
  metrics.onExposition(() => metrics.buffered.set(3000));
  const requests = createRequestMetrics(metrics, 'webhook');
  requests.started();
  requests.finished({ route: '/webhook/cognigy/session', status: 200 });
}

/** The value of one sample of an exposition. */
function sample(exposition: string, nameAndLabels: string): number | undefined {
  const line = exposition.split('\n').find((each) => each.startsWith(`${nameAndLabels} `));
  return line === undefined ? undefined : Number(line.slice(nameAndLabels.length + 1));
}

type Sample = { name: string; labels: Record<string, string> };

function samples(exposition: string): Sample[] {
  return exposition
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = ''] = /^([^{ ]+)(?:\{(.*)\})? /.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return { name, labels: Object.fromEntries(pairs.map(([, key, value]) => [key, value])) };
    });
}

describe('the exposition', () => {
  test('starts every name with the prefix, those of the process too', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    recordEverything(metrics);
    const exposition = await metrics.exposition();
    for (const { name } of samples(exposition))
      expect(name.startsWith(METRICS_PREFIX), name).toBe(true);
    expect(sample(exposition, 'cognigy_session_process_resident_memory_bytes')).toBeGreaterThan(
      1e6,
    );
    expect(metrics.contentType).toMatch(/^text\/plain/);
  });

  test('has every metric of the table, with its type and help, before anything happened', async () => {
    const exposition = await createMetrics({ version: '1.2.3' }).exposition();
    for (const [, { name, type, help }] of definitions) {
      expect(exposition).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
  });

  test('has every counter of a listed label at 0 from the start, so that rates see the first one', async () => {
    const exposition = await createMetrics({ version: '1.2.3' }).exposition();
    for (const [, { name, type, labels }] of definitions) {
      const [label, values] = Object.entries(labels)[0] ?? [];
      if (type !== 'counter' || !Array.isArray(values) || Object.keys(labels).length > 1) continue;
      for (const value of values)
        expect(sample(exposition, `${name}{${label}="${value}"}`)).toBe(0);
    }
    expect(sample(exposition, 'cognigy_session_lock_wait_seconds_count')).toBe(0);
    expect(sample(exposition, 'cognigy_session_lock_contention_total')).toBe(0);
    expect(sample(exposition, 'cognigy_session_quarantined_frames_total')).toBe(0);
  });

  test('has only labels and values of the table', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    recordEverything(metrics);
    const ours = samples(await metrics.exposition()).flatMap(({ name, labels }) => {
      const bare = name.replace(/_(bucket|sum|count)$/, '');
      const found = definitions.find(([, each]) => each.name === name || each.name === bare);
      return found === undefined ? [] : [{ name, labels, definition: found[1] }];
    });
    expect(ours.length).toBeGreaterThan(100);
    for (const { name, labels, definition } of ours) {
      for (const [label, value] of Object.entries(labels)) {
        if (label === 'le') continue;
        const values = definition.labels[label];
        expect(values, `${name}{${label}}`).toBeDefined();
        if (Array.isArray(values)) expect(values).toContain(value);
      }
    }
  });
});

test('each recorder counts in its own metric', async () => {
  const metrics = createMetrics({ version: '1.2.3' });
  recordEverything(metrics);
  const exposition = await metrics.exposition();
  const expected: [string, number][] = [
    ['persist_seconds_count{status="accepted"}', 1],
    ['persist_seconds_sum{status="unavailable"}', 0.003],
    ['persist_seconds_bucket{le="0.0025",status="known"}', 0],
    ['persist_seconds_bucket{le="0.005",status="known"}', 1],
    ['errors_total{error_type="internal"}', 1],
    ['restores_total{outcome="not_found"}', 1],
    ['restore_seconds_count', 4],
    ['checksum_failures_total{verdict="bad_digest"}', 1],
    ['frames_per_restore_sum', 3],
    ['restored_bytes_sum', 2100],
    ['persisted_bytes_sum', 700],
    ['compactions_total{result="blocked"}', 1],
    ['compaction_seconds_count', 4],
    ['repairs_total{kind="foreign_value"}', 1],
    ['store_round_trips_total{operation="append"}', 2],
    ['store_seconds_count{operation="append",result="ok"}', 1],
    ['lock_wait_seconds_sum', 0.2],
    ['flow_violations_total{flow="default",keyword="required"}', 1],
    ['flow_definitions{state="loaded"}', 2],
    ['flow_definitions{state="failed"}', 1],
    ['lock_contention_total', 1],
    ['locks_total{result="lapsed"}', 1],
    ['erased_total{found="true"}', 1],
    ['quarantined_frames_total', 3],
    ['followed_files{state="loaded"}', 4],
    ['followed_files{state="failed"}', 1],
    ['certificate_expiry_timestamp_seconds{use="rpc"}', 1_800_000_000],
    ['certificate_not_before_timestamp_seconds{use="rpc"}', 1_700_000_000],
    ['tls_handshake_failures_total{listener="webhook"}', 1],
    ['tls_handshake_failures_total{listener="rpc"}', 0],
    ['persist_seconds_count{status="dropped"}', 1],
    ['errors_total{error_type="conflict"}', 1],
    ['store_warnings{kind="eviction"}', 2],
    ['store_warnings{kind="no_append_only_file"}', 0],
    ['store_circuits_open', 1],
    ['store_circuit_refusals_total', 1],
    ['durability_total{durability="synced"}', 1],
    ['durability_shortfalls_total', 1],
    ['durability_wait_seconds_sum{result="short"}', 0.2],
    ['store_memory_ratio', 0.7],
    ['store_clock_skew_seconds', 1.5],
    ['store_clock_width_seconds', 0.0004],
    ['clients_cut_total{listener="webhook",cause="unread_answer"}', 1],
    ['buffered_bytes', 3000],
    ['buffered_limit_bytes', 4000],
    [`build_info{version="1.2.3",node="${process.version}"}`, 1],
  ];
  for (const [name, value] of expected)
    expect([name, sample(exposition, METRICS_PREFIX + name)]).toEqual([name, value]);
});

describe('requests', () => {
  test('are in flight until they are finished, by listener', async () => {
    const metrics = createMetrics({ version: '1' });
    const webhook = createRequestMetrics(metrics, 'webhook');
    webhook.started();
    webhook.started();
    createRequestMetrics(metrics, 'rpc').started();
    webhook.finished({ route: '/a', status: 200 });
    const exposition = await metrics.exposition();
    expect(sample(exposition, 'cognigy_session_in_flight{listener="webhook"}')).toBe(1);
    expect(sample(exposition, 'cognigy_session_in_flight{listener="rpc"}')).toBe(1);
    expect(sample(exposition, 'cognigy_session_in_flight{listener="admin"}')).toBe(0);
  });

  test('have bounded labels, even if a path is taken for a route and a number for a status', async () => {
    const metrics = createMetrics({ version: '1' });
    const requests = createRequestMetrics(metrics, 'webhook');
    for (let i = 0; i < 2000; i++) {
      requests.started();
      requests.finished({ route: `/api/v1/state/${i}`, status: i });
    }
    const counts = samples(await metrics.exposition()).filter(({ name }) =>
      name.endsWith('http_requests_total'),
    );
    expect(new Set(counts.map(({ labels }) => labels.route)).size).toBe(101);
    expect(new Set(counts.map(({ labels }) => labels.status)).size).toBeLessThanOrEqual(501);
  });
});
