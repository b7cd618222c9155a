// How long one turn of the event loop keeps others waiting, in CPU time of this thread, so that a
// machine that is busy with other things changes little. Garbage collection counts: it holds the
// loop as well.

export type LoopWatch = {
  /** The longest turn since the last call, ms. */
  longestTurnMs(): number;
  stop(): void;
};

export function watchLoop(): LoopWatch {
  let longestMs = 0;
  let beforeMs = cpuMs();
  let turn = setImmediate(measure);
  return {
    longestTurnMs() {
      const answered = longestMs;
      longestMs = 0;
      beforeMs = cpuMs();
      return answered;
    },
    stop: () => clearImmediate(turn),
  };

  function measure(): void {
    const nowMs = cpuMs();
    longestMs = Math.max(longestMs, nowMs - beforeMs);
    beforeMs = nowMs;
    turn = setImmediate(measure);
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
