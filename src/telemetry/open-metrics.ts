// Metrics in the format of OpenMetrics, which unlike that of Prometheus has room for exemplars.

import { type OpenMetricsContentType, Registry } from 'prom-client';

/** One metric as prom-client has it when it is written. */
type Written = {
  name: string;
  type: string;
  values: { labels: Record<string, string | number> }[];
};
type Metric = {
  name: string;
  get(): Promise<Written>;
  getForPromString?(): Promise<Written>;
};

/** A registry that writes the metrics of another one in the format of OpenMetrics. (The library
 * renames the counters of a registry whose format is changed, for all later expositions.) */
export function openMetricsOf(
  registry: Pick<Registry, 'getMetricsAsArray'>,
): Registry<OpenMetricsContentType> {
  const exposed = new Registry<OpenMetricsContentType>();
  exposed.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    const renamed = { name: metric.name, get: async () => openMetric(await writtenBy(metric)) };
    exposed.registerMetric(renamed as never);
  }
  return exposed;
}

function writtenBy(metric: Metric): Promise<Written> {
  return metric.getForPromString?.() ?? metric.get();
}

function openMetric(written: Written): Written {
  const { name, type, values } = written;
  // The library adds the suffix to each of its series.
  if (type === 'counter') return { ...written, name: name.replace(/_total$/, '') };
  return type === 'histogram' ? { ...written, values: values.map(withCanonicalBound) } : written;
}

/** OpenMetrics writes numbers in labels as floats. */
function withCanonicalBound(value: Written['values'][number]): Written['values'][number] {
  const { le } = value.labels;
  if (typeof le !== 'number' || !Number.isInteger(le)) return value;
  return { ...value, labels: { ...value.labels, le: le.toFixed(1) } };
}
