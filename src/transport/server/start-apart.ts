// Requests that one read of a socket brings (pipelined, or on many streams) would all advance
// together: each of them has read its session before the first has been answered, and a hundred
// sessions are in memory at once. So only the first few are started at once. Each of the others is
// started when those before it have been answered as far as they do not wait for anything, and
// after every few of them the event loop takes a turn: other clients are served meanwhile, and a
// connection that was cut is noticed before the rest of its requests are worked on.

/** Requests that are started within one turn of the event loop. */
const TOGETHER_MAX = 8;

/** Creates what is asked before each start: undefined to start at once, or what to wait for. */
export function createStartApart(): () => Promise<void> | undefined {
  const waiting: (() => void)[] = [];
  let isStarting = false;
  let together = 0;
  const startAlone = () => {
    together = 0;
  };
  return () => {
    if (together >= TOGETHER_MAX) {
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (!isStarting) startNext();
      });
    }
    together += 1;
    if (together === 1) queueMicrotask(startAlone);
    return undefined;
  };

  /** All callbacks of setImmediate() that there are run in one turn, those that they add in the
   * next. */
  function startNext(): void {
    const next = waiting.splice(0, TOGETHER_MAX);
    for (const start of next) setImmediate(start);
    isStarting = next.length > 0;
    if (isStarting) setImmediate(startNext);
  }
}
