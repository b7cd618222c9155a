// The one place that names concrete stores. Each is loaded only where it is configured: a start is
// quicker, and a process smaller, by what it does not need.

import { join } from 'node:path';
import type { StoreConfig } from './config.ts';
import type { SessionStore } from './store/session-store.ts';
import type { StoreSetup } from './store/store-setup.ts';
import type { Logger } from './telemetry/log.ts';

/** Twice what SQLite's log grows to, so that a full disk leaves room to erase. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/** Opens the store that is configured. Rejects with StoreUnavailable if a file cannot be used; a
 * Redis that is down is waited for in the background. `onSetup` is told how its servers are set up
 * whenever they have been looked at; what newly endangers sessions is logged. */
export async function openStore(
  config: StoreConfig,
  log: Logger,
  { onSetup = () => {} }: { onSetup?: (setup: StoreSetup) => void } = {},
): Promise<SessionStore> {
  if (config.kind === 'embedded') {
    const { createSqliteStore } = await import('./store/sqlite/sqlite-store.ts');
    return createSqliteStore({
      path: join(config.dataDir, 'sessions.db'),
      reserveBytes: RESERVE_BYTES,
      onRemovalFailure: (error) =>
        log.rarely('removal').warn('expired sessions could not be removed', { error }),
    });
  }
  const { createRedisStore } = await import('./store/redis/redis-store.ts');
  let known: readonly string[] = [];
  return createRedisStore({
    ...config,
    // A cluster that is still to be made is connected to again and again.
    onConnected: ({ address }) =>
      log.rarely(`connected ${address}`).info('connected to the store', { address }),
    onConnectionError: ({ address, reason }) =>
      log.rarely(`store ${address}`).error('the store cannot be reached', { address, reason }),
    onServersChecked(setup) {
      const lines = setup.warnings.map(({ line }) => line);
      for (const line of lines)
        if (!known.includes(line)) log.warn('the store endangers sessions', { warning: line });
      known = lines;
      onSetup(setup);
    },
    onServerUnreadable: ({ address, reason }) =>
      log.debug('a server of the store does not tell how it is set up', { address, reason }),
  });
}
