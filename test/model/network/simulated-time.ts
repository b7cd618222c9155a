// Time of the model: events in their order, and clocks that drift, are set, and stand still.

type Event = { atMs: number; place: number; run: () => void | Promise<void> };

export type Timeline = ReturnType<typeof createTimeline>;

/** Events by their true time, unlike any clock that a part of the model can read. */
export function createTimeline() {
  const heap: Event[] = [];
  let nowMs = 0;
  let placed = 0;
  const isBefore = (a: Event, b: Event) =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.place < b.place);

  return {
    nowMs: () => nowMs,
    /** Runs something at a time, not before now. */
    at(atMs: number, run: Event['run']): void {
      heap.push({ atMs: Math.max(atMs, nowMs), place: placed++, run });
      for (let at = heap.length - 1; at > 0; ) {
        const above = (at - 1) >> 1;
        if (!isBefore(heap[at] as Event, heap[above] as Event)) break;
        [heap[at], heap[above]] = [heap[above] as Event, heap[at] as Event];
        at = above;
      }
    },
    /** Runs everything, until nothing is left. */
    async run(): Promise<void> {
      for (let next = pop(); next !== undefined; next = pop()) {
        nowMs = next.atMs;
        const running = next.run();
        if (running !== undefined) await running;
      }
    },
  };

  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      for (const below of [left, right])
        if (below < heap.length && isBefore(heap[below] as Event, heap[least] as Event))
          least = below;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least] as Event, heap[at] as Event];
      at = least;
    }
  }
}

export type Pause = { fromMs: number; untilMs: number };

export type SimulatedClock = {
  /** What the clock says at a true time. */
  read(trueMs: number): number;
  /** The true time at which it says so much, at the earliest. */
  whenIs(readMs: number): number;
};

/** A clock that starts at `baseMs`, drifts, jumps by each step at its time, and stands still in
 * its pauses. */
export function createClock({
  baseMs,
  ppm,
  steps = [],
  pauses = [],
}: {
  baseMs: number;
  ppm: number;
  steps?: readonly { atMs: number; byMs: number }[];
  pauses?: readonly Pause[];
}): SimulatedClock {
  const rate = 1 + ppm / 1e6;
  const pausedMs = (trueMs: number) =>
    pauses.reduce((sum, { fromMs, untilMs }) => sum + clamp(trueMs, fromMs, untilMs) - fromMs, 0);
  return {
    read(trueMs) {
      const stepped = steps.reduce((sum, { atMs, byMs }) => sum + (atMs <= trueMs ? byMs : 0), 0);
      return baseMs + (trueMs - pausedMs(trueMs)) * rate + stepped;
    },
    whenIs(readMs) {
      let trueMs = (readMs - baseMs) / rate;
      for (const { fromMs, untilMs } of pauses) if (trueMs >= fromMs) trueMs += untilMs - fromMs;
      return trueMs;
    },
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
