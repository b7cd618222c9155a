/** Each label of a metric with all its values, or with what bounds them. */
type MetricLabels = Readonly<Record<string, readonly string[] | string>>;

/** One metric. `help`: one sentence, with the unit. */
export type MetricDefinition = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: MetricLabels;
  /** Upper bounds of a histogram. */
  buckets?: readonly number[];
  /** A gauge with labels has all its series from the start, at 0. */
  startsAtZero?: boolean;
};

type NoLabels = Record<never, never>;

/** A number that only grows. */
export function counter<const Labels extends MetricLabels = NoLabels>(
  name: string,
  help: string,
  labels = {} as Labels,
) {
  return { type: 'counter', name, help, labels } as const;
}

/** A number that rises and falls. */
export function gauge<const Labels extends MetricLabels = NoLabels>(
  name: string,
  help: string,
  labels = {} as Labels,
  options: { startsAtZero?: boolean } = {},
) {
  return { type: 'gauge', name, help, labels, ...options } as const;
}

/** Numbers, counted by how large they are. */
export function histogram<const Labels extends MetricLabels = NoLabels>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels = {} as Labels,
) {
  return { type: 'histogram', name, help, labels, buckets } as const;
}
