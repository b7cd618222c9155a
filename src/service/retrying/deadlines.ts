// Waiting for work until a deadline, with one timer for all that is waited for: nearly all of it
// ends in time, and a timer for each would cost more than the rest of the waiting.

/** Deadlines on one clock. */
export type Deadlines = {
  /** What the work gives; or rejects with what `late` gives, once the clock has passed `atMs`. */
  waitFor<T>(work: Promise<T>, atMs: number, late: () => Error): Promise<T>;
};

/** Never sooner: a timer of less is one of a millisecond. */
const LEAST_MS = 1;

/** A member of a ring, in the order of the deadlines. */
class Waiting {
  readonly atMs: number;
  readonly expire: () => void;
  previous: Waiting = this;
  next: Waiting = this;

  constructor(atMs: number, expire: () => void) {
    this.atMs = atMs;
    this.expire = expire;
  }

  insertAfter(other: Waiting): void {
    this.previous = other;
    this.next = other.next;
    other.next.previous = this;
    other.next = this;
  }

  /** May be called again: work that is late ends at some time, too. */
  remove(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }
}

export function createDeadlines(nowMonotonicMs: () => number): Deadlines {
  /** Before the earliest deadline and after the latest one. */
  const ends = new Waiting(Number.NEGATIVE_INFINITY, () => {});
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;

  function add(waiting: Waiting): void {
    let before = ends.previous;
    // Nearly always the new deadline is the latest.
    while (before.atMs > waiting.atMs) before = before.previous;
    waiting.insertAfter(before);
    if (waiting.atMs < timerAtMs) setTimer(waiting.atMs);
  }

  function setTimer(atMs: number): void {
    clearTimeout(timer);
    timerAtMs = atMs;
    // What is waited for keeps the process running itself.
    timer = setTimeout(expire, Math.max(LEAST_MS, atMs - nowMonotonicMs())).unref();
  }

  function expire(): void {
    timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = nowMonotonicMs();
    let first = ends.next;
    for (; first !== ends && first.atMs <= nowMs; first = ends.next) {
      first.remove();
      first.expire();
    }
    if (first !== ends) setTimer(first.atMs);
  }

  return {
    waitFor: (work, atMs, late) =>
      new Promise((resolve, reject) => {
        const waiting = new Waiting(atMs, () => reject(late()));
        add(waiting);
        work.then(
          (value) => {
            waiting.remove();
            resolve(value);
          },
          (error: unknown) => {
            waiting.remove();
            reject(error);
          },
        );
      }),
  };
}
