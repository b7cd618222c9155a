const LOOK_AGAIN_AFTER_MS = 20;

/**
 * The first value that is not undefined, asked for again and again. Throws after `withinMs`, naming
 * what was waited for and the last error of the asking.
 */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined> | Value | undefined,
  withinMs = 30_000,
): Promise<Value> {
  const deadlineMs = performance.now() + withinMs;
  let failure: unknown;
  while (performance.now() < deadlineMs) {
    try {
      const value = await ask();
      if (value !== undefined) return value;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause: failure });
}
