// What was noted last, of much that is noted: so many entries at least, and at most twice as many.
// They are kept in two maps, the latest and those before: to look for the oldest in one map takes
// as long as all that was deleted in front of it.

export type LatestEntries<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
};

/** Keeps at least the latest `least` entries. */
export function createLatestEntries<Value>(least: number): LatestEntries<Value> {
  let latest = new Map<string, Value>();
  let earlier = new Map<string, Value>();
  return {
    get: (key) => latest.get(key) ?? earlier.get(key),
    set(key, value) {
      if (latest.size >= least) {
        earlier = latest;
        latest = new Map();
      }
      latest.set(key, value);
    },
    delete(key) {
      latest.delete(key);
      earlier.delete(key);
    },
  };
}
