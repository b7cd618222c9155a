// The spool of the service: opened, connected with the use cases, measured, and closed.

import type { SpoolConfig } from './config/spool-config.ts';
import { createBootClock } from './service/spooling/boot-clock.ts';
import { readyToSpool } from './service/spooling/ready-to-spool.ts';
import {
  type CreateSpooling,
  createSpooling,
  type Spooling,
  type SpoolUsage,
} from './service/spooling/spooling.ts';
import type { ContentCipher } from './session/encryption/content-cipher.ts';
import { openSpool } from './spool/open-spool.ts';
import type { Spool } from './spool/spool.ts';
import type { StoreDurability } from './store/durability.ts';
import type { StoreReadiness } from './store/store-readiness.ts';
import type { Metrics, Telemetry } from './telemetry/metrics.ts';

export type OpenedSpool = {
  /** To be called once, before all that follows. */
  createSpooling: CreateSpooling;
  /** The readiness of a store with this spool. */
  readyWith(store: StoreReadiness): StoreReadiness;
  usage(): SpoolUsage;
  /** Replays what the store takes at once, for so long at most; the log says what stays for the
   * next process. Nothing is replayed afterwards. */
  replay(withinMs: number): Promise<void>;
  close(): Promise<void>;
};

type SpoolSurroundings = Telemetry & {
  bootId: string;
  /** How safely the store must keep an update before the spool gives it up. */
  required: StoreDurability;
  /** Encrypts rows; undefined: they are not encrypted. */
  contents: ContentCipher | undefined;
};

/** Opens the spool that is configured. Rejects with SpoolUnavailable. */
export async function openConfiguredSpool(
  { directory, maxBytes, afterMs, maxAgeMs }: SpoolConfig,
  { log, metrics, bootId, required, contents }: SpoolSurroundings,
): Promise<OpenedSpool> {
  const onFailure = (error: Error) =>
    log.rarely('spool disk').error('the disk of the spool fails', { error });
  const spool = await openSpool({ directory, maxBytes, onFailure });
  reportFound(spool, { log, metrics, directory });
  let created: Spooling | undefined;
  const spooling = () => {
    if (created === undefined) throw new Error('the spool is not connected yet');
    return created;
  };
  return {
    createSpooling(parts, work) {
      created = createSpooling(parts, {
        ...{ spool, ...work, bootClock: createBootClock(bootId), contents },
        ...{ spoolAfterMs: afterMs, spoolMaxAgeMs: maxAgeMs, requiredDurability: required },
      });
      metrics.onExposition(() => showUsage(spooling().usage(), metrics));
      return created;
    },
    readyWith: (store) => readyToSpool(store, () => spooling().canTake()),
    usage: () => spooling().usage(),
    async replay(withinMs) {
      const { rows, bytes, oldestMs } = await spooling().close(Math.max(0, withinMs));
      if (rows === 0) return;
      const oldestSeconds = Math.round(oldestMs / 1000);
      log.warn('spooled updates stay for the next start', { rows, bytes, oldestSeconds });
    },
    close: () => spool.close(),
  };
}

function reportFound(
  spool: Spool,
  { log, metrics, directory }: Telemetry & { directory: string },
): void {
  const damage = spool.damage();
  if (damage.rows > 0) {
    metrics.spoolSetAside.inc({ reason: 'damaged' }, damage.rows);
    log.error('the spool holds damaged rows, whose bytes are kept', { ...damage, directory });
  }
  const { rows, bytes } = spool.usage();
  if (rows > 0) log.info('the spool holds updates of an earlier process', { rows, bytes });
}

/** Shows what waits, in each exposition of the metrics. */
function showUsage({ rows, bytes, maxBytes, oldestMs }: SpoolUsage, metrics: Metrics): void {
  metrics.spoolRows.set(rows);
  metrics.spoolBytes.set(bytes);
  metrics.spoolLimitBytes.set(maxBytes);
  metrics.spoolOldestSeconds.set(oldestMs / 1000);
}
