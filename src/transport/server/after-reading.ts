// Deadlines that are fair after a pause of the event loop. When the loop was blocked, or the
// process was suspended, timers fire before the bytes that arrived meanwhile are read: a client
// that was in time would be cut off. So what finds that a time has passed decides only after
// these bytes were read.

/** Turns of the loop that are waited for: bytes read in one may lead to more reading in the next,
 * as with a new connection whose protocol is not yet known, or below TLS. */
const TURNS = 3;

/** Calls back once what had arrived by now has been read. Each turn of the loop reads what has
 * arrived, and runs `setImmediate` afterwards. */
export function afterReading(callback: () => void, turns: number = TURNS): void {
  setImmediate(() => (turns > 1 ? afterReading(callback, turns - 1) : callback()));
}

/** Like setTimeout, but calls back only once what had arrived by then has been read. Gives the
 * function that cancels it. */
export function fairTimeout(callback: () => void, timeoutMs: number): () => void {
  let isCancelled = false;
  const expired = () => {
    if (!isCancelled) callback();
  };
  const timer = setTimeout(() => afterReading(expired), timeoutMs);
  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}
