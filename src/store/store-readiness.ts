// Whether the store would take a write, asked once a second and remembered, so that a probe never
// waits for it. Until the first success a store that does not answer is asked far more often: then
// the process is ready as soon as its store is. A store that answers and refuses is not, because
// hundreds of sidecars may have started at once.

import { setTimeout as pause } from 'node:timers/promises';
import { type SessionStore, StoreUnavailable } from './session-store.ts';

const ASK_EVERY_MS = 1000;
/** A store that is up answers within this; a start waits no longer for one that is not. */
const FIRST_ANSWER_WITHIN_MS = 500;
const FIRST_ASK_EVERY_MS = 20;

export type StoreReadiness = {
  /** Whether the store would have taken a write when it was asked last. */
  current(): boolean;
  /** Why not; undefined while it would. */
  reason(): string | undefined;
  /** Calls the listener after every change; gives the function that ends that. */
  subscribe(listener: () => void): () => void;
  stop(): void;
};

/** Watches a store. Resolves with the first answer, or without one when it has been waited for
 * long enough. */
export async function watchStore(store: Pick<SessionStore, 'ping'>): Promise<StoreReadiness> {
  const listeners = new Set<() => void>();
  let failure: string | undefined = 'it has not answered yet';
  let hasSucceeded = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const firstAnswer = Promise.withResolvers<void>();
  const startEndsMs = performance.now() + FIRST_ANSWER_WITHIN_MS;
  ask();
  // A store that hangs would not let even the first question end.
  await Promise.race([firstAnswer.promise, pause(FIRST_ANSWER_WITHIN_MS)]);
  return {
    current: () => failure === undefined,
    reason: () => failure,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };

  async function ask(): Promise<void> {
    const before = failure;
    let isRefused = false;
    try {
      await store.ping();
      failure = undefined;
      hasSucceeded = true;
      firstAnswer.resolve();
    } catch (error) {
      failure = (error as Error).message;
      isRefused = error instanceof StoreUnavailable && error.refusal !== undefined;
    }
    if ((before === undefined) !== (failure === undefined))
      for (const listener of listeners) listener();
    const isStarting = performance.now() < startEndsMs;
    const isSoon = !hasSucceeded && (isStarting || !isRefused);
    if (!stopped) timer = setTimeout(ask, isSoon ? FIRST_ASK_EVERY_MS : ASK_EVERY_MS).unref();
  }
}
