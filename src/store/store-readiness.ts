// Whether the store would take a write, asked once a second and remembered, so that a probe never
// waits for it.

import { setTimeout as pause } from 'node:timers/promises';
import type { SessionStore } from './session-store.ts';

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
    failure = await store.ping().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if ((before === undefined) !== (failure === undefined))
      for (const listener of listeners) listener();
    if (failure === undefined) firstAnswer.resolve();
    const isStarting = failure !== undefined && performance.now() < startEndsMs;
    if (!stopped) timer = setTimeout(ask, isStarting ? FIRST_ASK_EVERY_MS : ASK_EVERY_MS).unref();
  }
}
