// The recorders of the metrics, made from the definitions in the table: a new metric takes an entry
// in the table, and the call that records it.
//
//   metrics.locks.inc({ result: 'acquired' })
//   metrics.restoreSeconds.observe(0.002)
//
// Series are bound to their labels once, since looking them up in the library would cost every
// request several times what counting does.

import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { Logger } from './log.ts';
import { memoryLimitBytes } from './memory-limit.ts';
import type { MetricDefinition } from './metric-definition.ts';
import { METRICS, METRICS_PREFIX } from './metrics-table.ts';
import { openMetricsOf } from './open-metrics.ts';

/** How the names of latencies end, which have exemplars. */
const LATENCY = '_seconds';

type ValueOf<Values> = Values extends readonly (infer Value)[] ? Value : string;
type Labels<Definition extends MetricDefinition> = {
  readonly [Name in keyof Definition['labels']]: ValueOf<Definition['labels'][Name]>;
};

/** What a recorder takes: the labels first, if the metric has any. */
type Taking<
  Definition extends MetricDefinition,
  Rest extends unknown[],
> = keyof Definition['labels'] extends never ? Rest : [labels: Labels<Definition>, ...Rest];

type Methods<Definition extends MetricDefinition> = {
  /** Adds 1, or `by`. */
  inc(...taking: Taking<Definition, [by?: number]>): void;
  dec(...taking: Taking<Definition, []>): void;
  set(...taking: Taking<Definition, [value: number]>): void;
  /** Sets the series of every value of the only label. */
  setEach(numbers: Record<Labels<Definition>[keyof Definition['labels']], number>): void;
  observe(...taking: Taking<Definition, [value: number]>): void;
};

/** Records one metric. */
export type Recorder<Definition extends MetricDefinition> = Pick<
  Methods<Definition>,
  {
    counter: 'inc';
    gauge: 'inc' | 'dec' | 'set' | 'setEach';
    histogram: 'observe';
  }[Definition['type']]
>;

export type Metrics = {
  readonly [Key in keyof typeof METRICS]: Recorder<(typeof METRICS)[Key]>;
} & {
  /** Calls `update` before each exposition, for what is only measured then. */
  onExposition(update: () => void): void;
  /** The exposition, in the text format of Prometheus. */
  exposition(): Promise<string>;
  /** Content type of the exposition. */
  contentType: string;
  /** The same in the format of OpenMetrics, with exemplars; undefined where there are none. */
  openMetrics: Pick<Metrics, 'exposition' | 'contentType'> | undefined;
};

/** Where a part of the process says what happens. */
export type Telemetry = { log: Logger; metrics: Metrics };

/** Names a trace that shows what was just measured; undefined if there is none. */
export type Exemplar = () => Readonly<Record<string, string>> | undefined;

/** Fresh metrics. Counters whose labels have listed values start at 0, so that a rate sees the
 * first event. `version` is that of the service. `exemplar`: given where requests are traced. */
export function createMetrics({
  version,
  exemplar,
}: {
  version: string;
  exemplar?: Exemplar | undefined;
}): Metrics {
  const registry: Registry<RegistryContentType> = new Registry();
  // The library makes no metric with exemplars for another format.
  if (exemplar) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry, prefix: METRICS_PREFIX });
  const updates: (() => void)[] = [];
  const recorders = Object.fromEntries(
    Object.entries(METRICS).map(([key, definition]) => [
      key,
      recorderOf(definition, registry, exemplar),
    ]),
  );
  registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  const openMetrics = exemplar && openMetricsOf(registry);
  const exposedBy = (text: () => Promise<string>) => () => {
    for (const update of updates) update();
    return text();
  };
  const metrics: Metrics = {
    ...(recorders as unknown as Pick<Metrics, keyof typeof METRICS>),
    onExposition: (update: () => void) => void updates.push(update),
    exposition: exposedBy(() => registry.metrics()),
    contentType: registry.contentType,
    openMetrics: openMetrics && {
      exposition: exposedBy(() => openMetrics.metrics()),
      contentType: openMetrics.contentType,
    },
  };
  metrics.memoryLimitBytes.set(memoryLimitBytes());
  metrics.buildInfo.set({ version, node: process.version }, 1);
  return metrics;
}

type LabelValues = Readonly<Record<string, string>>;
type Level = Map<string | undefined, unknown>;
type Series = {
  inc(by?: number): void;
  dec(): void;
  set(value: number): void;
  observe(value: number): void;
};

function recorderOf(
  definition: MetricDefinition,
  registry: Registry<RegistryContentType>,
  exemplar: Exemplar | undefined,
) {
  const { name, type, help, labels, buckets = [] } = definition;
  const labelNames = Object.keys(labels);
  const options = { name, help, labelNames, registers: [registry] };
  const metric =
    type === 'counter'
      ? new Counter(options)
      : type === 'gauge'
        ? new Gauge(options)
        : new Histogram({
            ...{ ...options, buckets: [...buckets] },
            enableExemplars: exemplar !== undefined && name.endsWith(LATENCY),
          });
  if (exemplar && metric instanceof Histogram && name.endsWith(LATENCY))
    return latencyRecorder(metric, exemplar, labelNames.length > 0);
  const [first] = labelNames;
  if (first === undefined) return metric;

  // A level for each label but the last one.
  const bound: Level = new Map();
  const leading = labelNames.slice(0, -1);
  const last = labelNames.at(-1) ?? first;
  const seriesOf = (values: LabelValues): Series => {
    let level = bound;
    for (const label of leading)
      level = level.getOrInsertComputed(values[label], () => new Map()) as Level;
    return level.getOrInsertComputed(values[last], () => metric.labels(values)) as Series;
  };
  if (type === 'counter' || definition.startsAtZero) {
    for (const values of combinationsOf(labels)) seriesOf(values).inc(0);
  }
  return {
    inc: (values: LabelValues, by?: number) => seriesOf(values).inc(by),
    dec: (values: LabelValues) => seriesOf(values).dec(),
    set: (values: LabelValues, value: number) => seriesOf(values).set(value),
    setEach(numbers: Readonly<Record<string, number>>): void {
      for (const [value, number] of Object.entries(numbers))
        seriesOf({ [first]: value }).set(number);
    },
    observe: (values: LabelValues, value: number) => seriesOf(values).observe(value),
  };
}

/** Records a latency with the trace that shows it. */
function latencyRecorder(metric: Histogram, exemplar: Exemplar, hasLabels: boolean) {
  const observe = (labels: LabelValues, value: number) =>
    metric.observe({ labels, value, exemplarLabels: exemplar() ?? {} });
  return { observe: hasLabels ? observe : (value: number) => observe({}, value) };
}

/** All combinations of listed values; none if a label has others. */
function combinationsOf(labels: MetricDefinition['labels']): LabelValues[] {
  return Object.entries(labels).reduce<LabelValues[]>(
    (combinations, [label, values]) =>
      typeof values === 'string'
        ? []
        : combinations.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
