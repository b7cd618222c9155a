// Whether the store answers, asked once a second and remembered, so that a probe never waits for it. A session
// can be kept as long as it does.

import type { SessionStore } from './session-store.ts';

const ASK_EVERY_MS = 1000;

export type StoreReadiness = {
  /** Whether the store answered last. */
  current(): boolean;
  /** Why not; undefined while it answers. */
  reason(): string | undefined;
  /** Calls the listener after every change; gives the function that ends that. */
  subscribe(listener: () => void): () => void;
  stop(): void;
};

/** Watches a store. Resolves after the first answer, or failure to answer. */
export async function watchStore(store: Pick<SessionStore, 'ping'>): Promise<StoreReadiness> {
  const listeners = new Set<() => void>();
  let failure: string | undefined = 'it has not been asked yet';
  let stopped = false;
  let timer: NodeJS.Timeout;

  await ask();
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
    if ((before === undefined) !== (failure === undefined)) for (const listener of listeners) listener();
    if (!stopped) timer = setTimeout(ask, ASK_EVERY_MS).unref();
  }
}
