// The recorders of the metrics: one method per thing that happens. Children are bound to their
// labels when the metrics are made, since looking them up would cost every request several times
// what counting does.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorType } from '../session/errors.ts';
import type { StoreRefusalKind } from '../store/store-refusal.ts';
import { createLoadMetrics, type LoadMetrics } from './load-metrics.ts';
import { memoryLimitBytes } from './memory-limit.ts';
import type { MetricDefinition } from './metric-definition.ts';
import {
  type COMPACTION_RESULTS,
  type LOCK_RESULTS,
  METRICS,
  METRICS_PREFIX,
  type PERSIST_STATUSES,
  type REPAIR_KINDS,
  type RESTORE_OUTCOMES,
  STORE_OPERATIONS,
  STORE_RESULTS,
  type UnsoundVerdict,
} from './metrics-table.ts';
import { type CERTIFICATE_USES, LISTENERS } from './process-metrics-table.ts';
import { createRequestCounts } from './request-counts.ts';
import { createStoreSetupMetrics, type StoreSetupMetrics } from './store-setup-metrics.ts';

export type PersistStatus = (typeof PERSIST_STATUSES)[number];
export type RestoreOutcome = (typeof RESTORE_OUTCOMES)[number];
export type CompactionResult = (typeof COMPACTION_RESULTS)[number];
export type StoreOperation = (typeof STORE_OPERATIONS)[number];
export type StoreResult = (typeof STORE_RESULTS)[number];
export type RepairKind = (typeof REPAIR_KINDS)[number];
export type LockResult = (typeof LOCK_RESULTS)[number];
export type CertificateUse = (typeof CERTIFICATE_USES)[number];
export type TlsListener = (typeof METRICS.tlsHandshakeFailures.labels.listener)[number];
export type Listener = (typeof LISTENERS)[number];

export type Metrics = LoadMetrics &
  StoreSetupMetrics & {
    /** An update was answered. */
    persisted(status: PersistStatus, seconds: number): void;
    /** A frame was stored. */
    frameStored(bytes: number): void;
    /** A request for a lock waited so long, or an update that met one. */
    lockWaited(seconds: number): void;
    /** A request met a lock that somebody else held. */
    lockContended(): void;
    /** A request for a lock or its release ended, or a lock was found to have run out. */
    lockEnded(result: LockResult): void;
    /** A request was refused, whatever it asked for. */
    refused(errorType: ErrorType): void;
    /** A restore was answered from the store. */
    restored(outcome: RestoreOutcome, seconds: number): void;
    /** A session was read, with this many frames and bytes of them. */
    sessionRead(read: { frames: number; bytes: number }): void;
    /** A frame that was read could not be used. */
    checksumFailed(verdict: UnsoundVerdict): void;
    /** A compaction ended. */
    compacted(result: CompactionResult, seconds: number): void;
    /** An append mended what it found. */
    repaired(kind: RepairKind): void;
    /** A session was erased, or there was none. */
    sessionErased(found: boolean): void;
    /** Frames were moved into quarantine. */
    framesQuarantined(frames: number): void;
    /** An update violates the definition of `flow`, once for each violation. */
    flowViolated(flow: string, keyword: string): void;
    /** So many steps of a posted history were left out. */
    stepsIgnored(steps: number): void;
    /** The files of flow definitions were looked at. */
    flowDefinitions(files: { loaded: number; failed: number }): void;
    /** The files of secrets and certificates were looked at. */
    followedFiles(files: { loaded: number; failed: number }): void;
    /** A certificate is in force, which is for this time, Unix ms. */
    certificateInForce(use: CertificateUse, time: { fromMs: number; untilMs: number }): void;
    /** A connection ended before TLS stood on it. */
    tlsHandshakeFailed(listener: TlsListener): void;
    /** A call of the store ended. */
    storeCalled(operation: StoreOperation, result: StoreResult, seconds: number): void;
    /** A store that answers refused a call. */
    storeRefused(kind: StoreRefusalKind): void;
    /** A request came in. */
    requestStarted(listener: Listener): void;
    /** Its answer went out, or its caller went away (499). `route` is the pattern of the route. */
    requestFinished(listener: Listener, finished: { route: string; status: number }): void;
    /** The exposition, in the text format of Prometheus. */
    exposition(): Promise<string>;
    /** Content type of the exposition. */
    contentType: string;
  };

/** Fresh metrics, all counters at 0. `version` is that of the service. */
export function createMetrics(build: { version: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: METRICS_PREFIX });

  const histogram = (definition: MetricDefinition) =>
    new Histogram({ ...naming(definition), buckets: [...(definition.buckets ?? [])], registers });
  const counter = (definition: MetricDefinition) =>
    new Counter({ ...naming(definition), registers });
  const gauge = (definition: MetricDefinition) => new Gauge({ ...naming(definition), registers });
  /** One child per value of a counter's only label, in the exposition from the start. */
  const counterChildren = <Value extends string>(
    definition: MetricDefinition,
    values: readonly Value[],
  ): Record<Value, Counter.Internal> => {
    const parent = counter(definition);
    return children(values, (value) => {
      const child = parent.labels(value);
      child.inc(0);
      return child;
    });
  };

  const persistSeconds = histogram(METRICS.persistSeconds);
  const persistSecondsBy = children(METRICS.persistSeconds.labels.status, (status) =>
    persistSeconds.labels(status),
  );
  const persistedBytes = histogram(METRICS.persistedBytes);
  const lockWaitSeconds = histogram(METRICS.lockWaitSeconds);
  const lockContention = counter(METRICS.lockContention);
  const locksBy = counterChildren(METRICS.locks, METRICS.locks.labels.result);
  const errorsBy = counterChildren(METRICS.errors, METRICS.errors.labels.error_type);
  const restoresBy = counterChildren(METRICS.restores, METRICS.restores.labels.outcome);
  const restoreSeconds = histogram(METRICS.restoreSeconds);
  const framesPerRestore = histogram(METRICS.framesPerRestore);
  const restoredBytes = histogram(METRICS.restoredBytes);
  const checksumFailuresBy = counterChildren(
    METRICS.checksumFailures,
    METRICS.checksumFailures.labels.verdict,
  );
  const compactionsBy = counterChildren(METRICS.compactions, METRICS.compactions.labels.result);
  const compactionSeconds = histogram(METRICS.compactionSeconds);
  const repairsBy = counterChildren(METRICS.repairs, METRICS.repairs.labels.kind);
  const erasedBy = counterChildren(METRICS.erased, METRICS.erased.labels.found);
  const quarantinedFrames = counter(METRICS.quarantinedFrames);
  const flowViolations = counter(METRICS.flowViolations);
  const ignoredSteps = counter(METRICS.ignoredSteps);
  const flowDefinitions = gauge(METRICS.flowDefinitions);
  const followedFiles = gauge(METRICS.followedFiles);
  const certificateExpiry = gauge(METRICS.certificateExpiry);
  const certificateNotBefore = gauge(METRICS.certificateNotBefore);
  const tlsHandshakeFailuresBy = counterChildren(
    METRICS.tlsHandshakeFailures,
    METRICS.tlsHandshakeFailures.labels.listener,
  );
  const roundTripsBy = counterChildren(METRICS.storeRoundTrips, STORE_OPERATIONS);
  const storeSeconds = histogram(METRICS.storeSeconds);
  const storeSecondsBy = children(STORE_OPERATIONS, (operation) =>
    children(STORE_RESULTS, (result) => storeSeconds.labels(operation, result)),
  );
  const storeRefusalsBy = counterChildren(METRICS.storeRefusals, METRICS.storeRefusals.labels.kind);
  const storeUp = gauge(METRICS.storeUp);
  const httpRequests = counter(METRICS.httpRequests);
  const inFlight = gauge(METRICS.inFlight);
  const inFlightBy = children(LISTENERS, (listener) => inFlight.labels(listener));
  for (const child of Object.values(inFlightBy)) child.set(0);
  const countRequest = children(LISTENERS, (listener) =>
    createRequestCounts((route, status) => httpRequests.labels(listener, route, status)),
  );
  gauge(METRICS.memoryLimitBytes).set(memoryLimitBytes());
  gauge(METRICS.buildInfo).set({ version: build.version, node: process.version }, 1);

  return {
    persisted: (status, seconds) => persistSecondsBy[status].observe(seconds),
    frameStored: (bytes) => persistedBytes.observe(bytes),
    lockWaited: (seconds) => lockWaitSeconds.observe(seconds),
    lockContended: () => lockContention.inc(),
    lockEnded: (result) => locksBy[result].inc(),
    refused: (errorType) => errorsBy[errorType].inc(),
    restored(outcome, seconds) {
      restoresBy[outcome].inc();
      restoreSeconds.observe(seconds);
    },
    sessionRead(read) {
      framesPerRestore.observe(read.frames);
      restoredBytes.observe(read.bytes);
    },
    checksumFailed: (verdict) => checksumFailuresBy[verdict].inc(),
    compacted(result, seconds) {
      compactionsBy[result].inc();
      compactionSeconds.observe(seconds);
    },
    repaired: (kind) => repairsBy[kind].inc(),
    sessionErased: (found) => erasedBy[`${found}`].inc(),
    framesQuarantined: (frames) => quarantinedFrames.inc(frames),
    flowViolated: (flow, keyword) => flowViolations.inc({ flow, keyword }),
    stepsIgnored: (steps) => ignoredSteps.inc(steps),
    flowDefinitions({ loaded, failed }) {
      flowDefinitions.set({ state: 'loaded' }, loaded);
      flowDefinitions.set({ state: 'failed' }, failed);
    },
    followedFiles({ loaded, failed }) {
      followedFiles.set({ state: 'loaded' }, loaded);
      followedFiles.set({ state: 'failed' }, failed);
    },
    certificateInForce(use, { fromMs, untilMs }) {
      certificateNotBefore.set({ use }, fromMs / 1000);
      certificateExpiry.set({ use }, untilMs / 1000);
    },
    tlsHandshakeFailed: (listener) => tlsHandshakeFailuresBy[listener].inc(),
    storeCalled(operation, result, seconds) {
      roundTripsBy[operation].inc();
      storeSecondsBy[operation][result].observe(seconds);
      storeUp.set(result === 'ok' ? 1 : 0);
    },
    storeRefused: (kind) => storeRefusalsBy[kind].inc(),
    ...createLoadMetrics(registry),
    ...createStoreSetupMetrics(registry),
    requestStarted: (listener) => inFlightBy[listener].inc(),
    requestFinished(listener, { route, status }) {
      inFlightBy[listener].dec();
      countRequest[listener](route, status);
    },
    exposition: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function naming(definition: MetricDefinition) {
  return {
    name: definition.name,
    help: definition.help,
    labelNames: Object.keys(definition.labels),
  };
}

function children<Value extends string, Child>(
  values: readonly Value[],
  childOf: (value: Value) => Child,
): Record<Value, Child> {
  return Object.fromEntries(values.map((value) => [value, childOf(value)])) as Record<Value, Child>;
}
