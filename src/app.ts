// The wiring: store, use cases, listeners. This file shows what depends on what.
//
// Shutdown: health changes to "not serving"; the webhook and rpc listeners refuse new connections
// and answer requests in flight; then spooled updates are replayed that the store takes at once;
// then running compactions finish, and the erasing of users stops; then store and spool are closed.
// The admin listener is closed last, so that probes and metrics work until the end; meanwhile the
// rest of the traces is sent. The caller limits how long all of this may take.

import { followFiles } from './config/follow-files.ts';
import { createCertificateReport } from './config/report-certificates.ts';
import type { Config } from './config.ts';
import { openFlows } from './flows/open-flows.ts';
import { startListeners } from './listeners.ts';
import type { OpenedEncryption } from './open-encryption.ts';
import type { OpenedSpool } from './open-spool.ts';
import { openStore } from './open-store.ts';
import { createReceiptClock } from './receipt-clock.ts';
import { createScopedService } from './service/access/scoped-service.ts';
import { createSessionService } from './service/create.ts';
import type { SessionService } from './service/session-service.ts';
import type { ContentCipher } from './session/encryption/content-cipher.ts';
import type { StoreDurability } from './store/durability.ts';
import { watchStore } from './store/store-readiness.ts';
import { createEchoObserver } from './telemetry/echo-metrics.ts';
import { createEndState } from './telemetry/end-state.ts';
import type { Logger } from './telemetry/log.ts';
import { createMeasuredService } from './telemetry/measured-service.ts';
import { createMeasuredStore } from './telemetry/measured-store.ts';
import type { Metrics, Telemetry } from './telemetry/metrics.ts';
import { createServiceObserver } from './telemetry/service-observer.ts';
import { createStoreState } from './telemetry/store-state.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { withConfiguredLegacyState } from './with-legacy-state.ts';

/** The part of the grace period in which requests are answered and spooled updates replayed; the
 * rest is for closing. */
const REPLAY_GRACE_SHARE = 0.8;
/** The part of what is then left in which traces are sent. */
const TRACES_GRACE_SHARE = 0.5;

export type App = {
  /** The bound addresses; `webhook` is undefined if it is off. */
  addresses: { webhook: string | undefined; rpc: string; admin: string };
  /** Resolves when the app has ended. */
  finished: Promise<void>;
  /** Ends the app: see above. May be called again. */
  shutdown(): Promise<void>;
};

export type AppOptions = {
  log: Logger;
  /** Writes at every level; `log` if there is none. */
  auditLog?: Logger;
  metrics: Metrics;
  /** Undefined: requests are not traced. */
  tracing?: Tracing | undefined;
  /** Names the boot of the machine; empty if that is not known. */
  bootId?: string;
  /** Called before the first request is accepted. */
  beforeServing?: () => void;
};

/** Starts the app. Rejects if the embedded store cannot be opened, or with a ListenFailure. */
export async function startApp(
  config: Config,
  { log, auditLog = log, metrics, tracing, bootId = '', beforeServing = () => {} }: AppOptions,
): Promise<App> {
  const state = createStoreState(metrics);
  const ends = createEndState(metrics, log);
  const encryption = await openEncryption(config, { log, metrics });
  const opened = await openStore(config.store, log, {
    ...state.observer,
    ...createEchoObserver(metrics, log),
    followCommand: tracing?.followCommand,
    ...ends.observer,
    onEnded: (ended) => ends.observer.onEnded(encryption?.withSessionId(ended) ?? ended),
  });
  const required = config.store.kind === 'redis' ? config.store.durability.level : 'stored';
  const measured = createMeasuredStore(opened, { metrics, log, required });
  const encrypted = encryption?.encrypted(measured) ?? measured;
  const store = await withConfiguredLegacyState(encrypted, config, { log, metrics });
  const storeReadiness = await watchStore(store);
  if (!storeReadiness.current())
    log.error('the store does not answer', { reason: storeReadiness.reason() });
  encryption?.checkIds(measured);
  const flows = await openFlows(config.flowsDir, { log, metrics });
  const contents = encryption?.contents;
  const spool = await openSpool(config, { log, metrics, bootId, required, contents });
  const {
    compactor,
    userErasures,
    lapseWatch,
    spooling: _,
    ...useCases
  } = createSessionService({
    store,
    createSpooling: spool?.createSpooling,
    flows: flows.flows,
    settings: config.session,
    patience: {
      requestDeadlineMs: config.requestDeadlineMs,
      nowMonotonicMs: () => performance.now(),
      random: Math.random,
    },
    observer: createServiceObserver({ log, metrics }),
    frameOf: encryption?.frameOf,
    updateIdKeys: encryption?.updateIdKeys,
  });
  const readiness = spool?.readyWith(storeReadiness) ?? storeReadiness;
  const closing = new AbortController();
  const parts = {
    config,
    log,
    metrics,
    readiness,
    spool,
    storeWarnings: () => [...state.warnings(), ...ends.warnings()],
    flowFailures: flows.failures,
    closing: closing.signal,
    tracing,
    service: await servedService(useCases, config, { metrics, auditLog, tracing }),
    receive: createReceiptClock(),
  };
  beforeServing();
  const { webhook, rpc, admin } = await startListeners(parts).catch(async (error) => {
    readiness.stop();
    flows.stop();
    await spool?.replay(0);
    await Promise.all([store.close(), spool?.close()]);
    throw error;
  });

  const files = followSecretsAndCertificates(config, { log, metrics });

  let ended: Promise<void> | undefined;
  const finished = Promise.withResolvers<void>();
  return {
    addresses: { webhook: webhook?.address, rpc: rpc.address, admin: admin.address },
    finished: finished.promise,
    shutdown: () => {
      ended ??= shutdown().then(finished.resolve, finished.reject);
      return ended;
    },
  };

  async function shutdown(): Promise<void> {
    const startedMs = performance.now();
    const replayEndsMs = startedMs + config.shutdownGraceMs * REPLAY_GRACE_SHARE;
    closing.abort();
    await Promise.all([webhook?.shutdown(), rpc.shutdown()]);
    lapseWatch.close();
    await spool?.replay(replayEndsMs - performance.now());
    await Promise.all([compactor.close(), userErasures.close()]);
    readiness.stop();
    flows.stop();
    files.stop();
    await Promise.all([store.close(), spool?.close()]);
    const leftMs = startedMs + config.shutdownGraceMs - performance.now();
    await Promise.all([admin.shutdown(), tracing?.shutdown(leftMs * TRACES_GRACE_SHARE)]);
  }
}

/** The use cases as callers meet them: within their rights, counted, traced, and audited. What is
 * off is not loaded. */
async function servedService(
  useCases: SessionService,
  { auditLog: level, redactedKeys }: Config,
  {
    metrics,
    auditLog,
    tracing,
  }: { metrics: Metrics; auditLog: Logger; tracing: Tracing | undefined },
): Promise<SessionService> {
  let service = useCases;
  if (redactedKeys.length > 0) {
    const { createRedactedService } = await import('./service/access/redacted-service.ts');
    service = createRedactedService(service, redactedKeys);
  }
  service = createMeasuredService(createScopedService(service), metrics);
  if (tracing) {
    const { createTracedService } = await import('./telemetry/traced-service.ts');
    service = createTracedService(service, tracing);
  }
  if (level === 'off') return service;
  const { createAuditedService } = await import('./telemetry/audited-service.ts');
  return createAuditedService(service, { log: auditLog, level });
}

function followSecretsAndCertificates(
  { followedFiles, tls, store }: Config,
  { log, metrics }: Telemetry,
): { stop(): void } {
  const uses = { ...tls, store: store.kind === 'redis' ? store.tls : undefined };
  const reportCertificates = createCertificateReport(uses, { log, metrics });
  return followFiles(followedFiles, {
    log,
    onChecked(files) {
      metrics.followedFiles.setEach(files);
      reportCertificates();
    },
  });
}

/** Undefined without keys. Loaded only with them. */
async function openEncryption(
  { encryptionKeys }: Config,
  telemetry: Telemetry,
): Promise<OpenedEncryption | undefined> {
  if (encryptionKeys === undefined) return undefined;
  const { openConfiguredEncryption } = await import('./open-encryption.ts');
  return openConfiguredEncryption(encryptionKeys, telemetry);
}

/** Undefined if it is off. Loaded only if it is on, since most processes have none. */
async function openSpool(
  config: Config,
  options: Telemetry & {
    bootId: string;
    required: StoreDurability;
    contents: ContentCipher | undefined;
  },
): Promise<OpenedSpool | undefined> {
  if (config.spool === undefined) return undefined;
  const { openConfiguredSpool } = await import('./open-spool.ts');
  return openConfiguredSpool(config.spool, options);
}
