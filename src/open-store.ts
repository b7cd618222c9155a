// The only file that names concrete stores. Each is loaded only if it is configured, so that the
// process starts faster and needs less memory.

import { join } from 'node:path';
import type { Config, RedisConfig, StoreConfig } from './config.ts';
import type { EchoEvents } from './store/echo-events.ts';
import type { EndEvents } from './store/end-events.ts';
import type { LegacyStore } from './store/legacy-store.ts';
import type { SessionStore } from './store/session-store.ts';
import type { StoreFinding } from './store/store-finding.ts';
import type { StoreSetup } from './store/store-setup.ts';
import type { Logger } from './telemetry/log.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** Twice the largest size of SQLite's log, so that erasing still works on a full disk. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/** Is called with what happens at a store on Redis. */
export type StoreObserver = EchoEvents &
  EndEvents & {
    onSetup?: (setup: StoreSetup) => void;
    /** Writes have waited for replicas. */
    onDurabilityWaited?: (waited: { seconds: number; isConfirmed: boolean }) => void;
    /** A master does not answer, and commands for it fail at once; or it answers again. `open`: how
     * many masters do not answer. */
    onCircuitChanged?: (changed: {
      address: string;
      reason: string;
      isOpen: boolean;
      open: number;
    }) => void;
    /** A command failed for that reason. */
    onCircuitRefused?: () => void;
    /** Given where commands are traced: sends one. */
    followCommand?: Tracing['followCommand'] | undefined;
  };

/** Opens the store that is configured. Rejects with StoreUnavailable if a file cannot be used. If
 * Redis is down, it connects in the background. `onSetup` is called with the setup of the store's
 * servers after each check; new dangers to sessions are logged, and masters that do not answer.
 * Ends are reported only with `onEnded`. */
export async function openStore(
  config: StoreConfig,
  log: Logger,
  observer: StoreObserver = {},
): Promise<SessionStore> {
  if (config.kind === 'embedded') {
    const { createSqliteStore } = await import('./store/sqlite/sqlite-store.ts');
    return createSqliteStore({
      path: join(config.dataDir, 'sessions.db'),
      reserveBytes: RESERVE_BYTES,
      onEnded: observer.onEnded,
      onRemovalFailure: (error) =>
        log.rarely('removal').warn('expired sessions could not be removed', { error }),
    });
  }
  const { createRedisStore } = await import('./store/redis/redis-store.ts');
  const { endCounting = 'off', ...redis } = config;
  // A command only notes ends: another process counts them.
  const isCounting = observer.onEnded !== undefined;
  let known: readonly string[] = [];
  return createRedisStore({
    ...redis,
    ends: endCounting === 'off' ? undefined : { isSwept: isCounting },
    expiryEvents:
      isCounting && (endCounting === 'on' || endCounting === 'enable') ? endCounting : undefined,
    // While a cluster is being created, its nodes are connected to repeatedly.
    onConnected: ({ address }) =>
      log.rarely(`connected ${address}`).info('connected to the store', { address }),
    onConnectionError: ({ address, reason }) =>
      log.rarely(`store ${address}`).error('the store cannot be reached', { address, reason }),
    ...observer,
    onCircuitChanged(changed) {
      const { address, reason, isOpen } = changed;
      const of = { address, reason };
      const often = log.rarely(`circuit ${address} ${isOpen}`);
      if (isOpen) often.error('nothing is sent to a master that does not answer', of);
      else often.info('a master answers again', { address });
      observer.onCircuitChanged?.(changed);
    },
    onServersChecked(setup) {
      const lines = setup.warnings.map(({ line }) => line);
      for (const line of lines)
        if (!known.includes(line)) log.warn('the store endangers sessions', { warning: line });
      known = lines;
      observer.onSetup?.(setup);
    },
    onWatchPolled: ({ address, reason }) =>
      log
        .rarely(`watch ${address}`)
        .warn('a master does not report changes to Watch calls: polling', {
          ...{ address, reason },
        }),
    onServerUnreadable: ({ address, reason }) =>
      log.debug('the setup of a server of the store cannot be read', { address, reason }),
  });
}

/** Opens what former services left in Redis. It connects in the background. */
export async function openLegacyStore(config: RedisConfig, log: Logger): Promise<LegacyStore> {
  const { createLegacyStore } = await import('./store/redis/legacy-store.ts');
  return createLegacyStore({
    ...config,
    onConnected: ({ address }) =>
      log.rarely(`connected legacy ${address}`).info('connected to the former store', { address }),
    onConnectionError: ({ address, reason }) =>
      log
        .rarely(`legacy ${address}`)
        .error('the store of former services cannot be reached', { address, reason }),
  });
}

/** What is found about the configured store before anything runs on it. Rejects with
 * StoreUnavailable if the embedded one cannot be used. */
export async function checkStore(
  { store: config, legacy, session }: Pick<Config, 'store' | 'legacy' | 'session'>,
  log: Logger,
): Promise<StoreFinding[]> {
  if (config.kind === 'embedded') {
    const store = await openStore(config, log);
    await store.ping().finally(() => store.close());
    return [{ check: 'reach', level: 'ok', text: `SQLite in ${config.dataDir} can be written` }];
  }
  const { checkRedis } = await import('./store/redis/check/check-redis.ts');
  const ignored = { onConnected: () => {}, onConnectionError: () => {} };
  const isWatched = session.watchLimit > 0;
  const findings = await checkRedis({ ...config, ...ignored, isWatched });
  if (!legacy?.isRead) return findings;
  const { legacyFindings } = await import('./store/redis/check/legacy-findings.ts');
  return [...findings, ...(await legacyFindings({ ...legacy.store, ...ignored }))];
}
