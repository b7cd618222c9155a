// The one place that names concrete stores. Each is loaded only where it is configured: a start is quicker,
// and a process smaller, by what it does not need.

import { join } from 'node:path';
import type { StoreConfig } from './config.ts';
import type { SessionStore } from './store/session-store.ts';
import type { Logger } from './telemetry/log.ts';

/** Opens the store that is configured. Rejects with StoreUnavailable if a file cannot be used; a Redis that is
 * down is waited for in the background. `onWarnings` is told all that is wrong with how its servers are set up,
 * a line each, whenever they have been looked at. */
export async function openStore(
  config: StoreConfig,
  log: Logger,
  { onWarnings = () => {} }: { onWarnings?: (warnings: readonly string[]) => void } = {},
): Promise<SessionStore> {
  if (config.kind === 'embedded') {
    const { createSqliteStore } = await import('./store/sqlite/sqlite-store.ts');
    return createSqliteStore({
      path: join(config.dataDir, 'sessions.db'),
      onRemovalFailure: (error) =>
        log.rarely('removal').warn('expired sessions could not be removed', { error }),
    });
  }
  const { createRedisStore } = await import('./store/redis/redis-store.ts');
  let known: readonly string[] = [];
  return createRedisStore({
    ...config,
    onConnected: ({ address }) => log.info('connected to the store', { address }),
    onConnectionError: ({ address, reason }) =>
      log.rarely(`store ${address}`).error('the store cannot be reached', { address, reason }),
    onServersChecked(warnings) {
      for (const warning of warnings)
        if (!known.includes(warning)) log.warn('the store endangers sessions', { warning });
      known = warnings;
      onWarnings(warnings);
    },
    onServerUnreadable: ({ address, reason }) =>
      log.debug('a server of the store does not tell how it is set up', { address, reason }),
  });
}
