// Requests that one read of a socket brings (pipelined, or on many streams) would all advance
// together: each of them has read its session before the first has been answered, and a hundred
// sessions are in memory at once. So only the first few are started at once, and each of the others
// in a turn of its own, when those before it have been answered as far as they do not wait for
// anything.

/** Requests that are started within one read of a socket. */
const TOGETHER_MAX = 8;

/** Creates what is asked before each start: undefined to start at once, or what to wait for. */
export function createStartApart(): () => Promise<void> | undefined {
  let together = 0;
  const startAlone = () => {
    together = 0;
  };
  return () => {
    if (together >= TOGETHER_MAX) return new Promise((resolve) => setImmediate(resolve));
    together += 1;
    if (together === 1) queueMicrotask(startAlone);
    return undefined;
  };
}
