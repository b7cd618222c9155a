// The one place that names concrete stores.

import { join } from 'node:path';
import type { StoreConfig } from './config.ts';
import { createRedisStore } from './store/redis/redis-store.ts';
import type { SessionStore } from './store/session-store.ts';
import { createSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Logger } from './telemetry/log.ts';

/** Opens the store that is configured. Throws StoreUnavailable if a file cannot be used; a Redis that is down
 * is waited for in the background. */
export function openStore(config: StoreConfig, log: Logger): SessionStore {
  if (config.kind === 'embedded') {
    return createSqliteStore({
      path: join(config.dataDir, 'sessions.db'),
      onRemovalFailure: (error) =>
        log.rarely('removal').warn('expired sessions could not be removed', { error }),
    });
  }
  return createRedisStore({
    ...config,
    password: config.password(),
    onConnected: ({ address }) => log.info('connected to the store', { address }),
    onConnectionError: ({ address, reason }) =>
      log.rarely(`store ${address}`).error('the store cannot be reached', { address, reason }),
  });
}
