// Ready means that a write can be acknowledged: by the store, or by the spool.

import type { StoreReadiness } from '../../store/store-readiness.ts';

/** A spool fills up, and its disk fails, without an event. */
const ASK_EVERY_MS = 1000;

/** The readiness of a store with a spool. `reason` is that of the store, also while the spool takes
 * its place. */
export function readyToSpool(store: StoreReadiness, canTake: () => boolean): StoreReadiness {
  const listeners = new Set<() => void>();
  const current = () => store.current() || canTake();
  let before = current();
  const notify = () => {
    const now = current();
    if (now === before) return;
    before = now;
    for (const listener of listeners) listener();
  };
  const unsubscribe = store.subscribe(notify);
  const timer = setInterval(notify, ASK_EVERY_MS).unref();
  return {
    current,
    reason: () => store.reason(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      unsubscribe();
      clearInterval(timer);
      store.stop();
    },
  };
}
