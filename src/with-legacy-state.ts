// The wiring of LEGACY_STATE. What is only needed with it is loaded only with it.

import type { Config } from './config.ts';
import { openLegacyStore } from './open-store.ts';
import type { SessionStore } from './store/session-store.ts';
import type { Telemetry } from './telemetry/metrics.ts';

/** The store as the use cases see it: with LEGACY_STATE=read, what former services left becomes
 * sessions of it on first use. */
export async function withConfiguredLegacyState(
  store: SessionStore,
  { legacy, session: { sessionTtlMs } }: Config,
  telemetry: Telemetry,
): Promise<SessionStore> {
  if (!legacy?.isRead) return store;
  const [{ withLegacyState }, { createMeasuredLegacyStore }, { createLegacyObserver }] =
    await Promise.all([
      import('./service/legacy/with-legacy-state.ts'),
      import('./telemetry/measured-legacy-store.ts'),
      import('./telemetry/legacy-observer.ts'),
    ]);
  return withLegacyState({
    store,
    legacy: createMeasuredLegacyStore(
      await openLegacyStore(legacy.store, telemetry.log),
      telemetry,
    ),
    sessionTtlMs,
    nowMs: Date.now,
    nowMonotonicMs: () => performance.now(),
    observer: createLegacyObserver(telemetry),
  });
}
