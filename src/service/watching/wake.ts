/** Waits for an event, or for time to pass. An event that comes while nobody waits is not lost. */
export type Wake = {
  wake: () => void;
  /** Resolves at the next event, or after so long. */
  wait(ms: number): Promise<void>;
};

export function createWake(): Wake {
  let isAwake = false;
  let resolve: (() => void) | undefined;
  return {
    wake() {
      isAwake = true;
      resolve?.();
    },
    async wait(ms) {
      if (!isAwake) {
        const { promise, resolve: done } = Promise.withResolvers<void>();
        const timer = setTimeout(done, ms);
        resolve = done;
        await promise;
        clearTimeout(timer);
      }
      isAwake = false;
      resolve = undefined;
    },
  };
}
