/** One metric. */
export type MetricDefinition = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, with the unit. */
  help: string;
  /** Each label with all its values, or with what bounds them. */
  labels: Readonly<Record<string, readonly string[] | string>>;
  /** Upper bounds of a histogram. */
  buckets?: readonly number[];
  /** A gauge with labels has all its series from the start, at 0. */
  startsAtZero?: boolean;
};
