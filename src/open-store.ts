// The one place that names concrete stores. Each is loaded only where it is configured: a start is quicker,
// and a process smaller, by what it does not need.

import { join } from 'node:path';
import type { StoreConfig } from './config.ts';
import type { SessionStore } from './store/session-store.ts';
import type { Logger } from './telemetry/log.ts';

/** Opens the store that is configured. Rejects with StoreUnavailable if a file cannot be used; a Redis that is
 * down is waited for in the background. */
export async function openStore(config: StoreConfig, log: Logger): Promise<SessionStore> {
  if (config.kind === 'embedded') {
    const { createSqliteStore } = await import('./store/sqlite/sqlite-store.ts');
    return createSqliteStore({
      path: join(config.dataDir, 'sessions.db'),
      onRemovalFailure: (error) =>
        log.rarely('removal').warn('expired sessions could not be removed', { error }),
    });
  }
  const { createRedisStore } = await import('./store/redis/redis-store.ts');
  return createRedisStore({
    ...config,
    onConnected: ({ address }) => log.info('connected to the store', { address }),
    onConnectionError: ({ address, reason }) =>
      log.rarely(`store ${address}`).error('the store cannot be reached', { address, reason }),
  });
}
