import manifest from '../../package.json' with { type: 'json' };
import { startApp } from '../app.ts';
import type { Config } from '../config.ts';
import { createLog, type Logger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openConfiguredTracing } from '../telemetry/open-configured-tracing.ts';
import { bannerText, sessionPageUrl, storeText } from './banner.ts';
import { bootId } from './boot-id.ts';
import { compileSooner } from './compile-sooner.ts';
import { exitDespiteBlocked } from './exit-despite-blocked.ts';
import { shutDownOnSignal } from './shutdown.ts';
import { startFailure } from './start-failure.ts';

/** What is known about the process before the service runs. */
export type RunFacts = {
  /** What looks wrong in the configuration. */
  warnings: readonly string[];
  /** What the process may do, a line each. */
  permissions: readonly string[];
};

/** Runs the service until a signal or a failure ends the process. The log goes to standard error.
 * The banner goes to standard output, if that is a terminal or a secret was generated. */
export async function runService(
  config: Config,
  { warnings, permissions }: RunFacts,
): Promise<void> {
  const { version } = manifest;
  const tracing = await openConfiguredTracing(config.tracing, { version });
  const write = (line: string) => process.stderr.write(line);
  const lines = { write, traceFields: tracing?.current };
  const log = createLog({ level: config.logLevel, ...lines });
  watchProcess(log);
  for (const warning of warnings) log.warn('a variable looks like a setting', { warning });

  const metrics = createMetrics({ version, exemplar: tracing?.sampled });
  tracing?.reportTo({ log, metrics });
  const starting = startApp(config, {
    ...{ log, metrics, tracing },
    auditLog: createLog({ level: 'info', ...lines }),
    bootId: config.spool ? bootId() : '',
    beforeServing: () =>
      shutDownOnSignal({
        // A signal may come while the listeners are being opened.
        shutdown: async () => (await starting).shutdown(),
        graceMs: config.shutdownGraceMs,
        log,
        exit: (code) => exitDespiteBlocked(code, { log }),
      }),
  });
  try {
    const { addresses } = await starting;
    compileSooner();
    if (process.stdout.isTTY || config.generatedWebhookSecret !== undefined)
      process.stdout.write(bannerText({ version, config, addresses, permissions, warnings }));
    const tls = (['webhook', 'rpc'] as const).filter(
      (listener) => config.tls[listener] !== undefined,
    );
    log.info('the service is up', {
      version,
      ...addresses,
      page: sessionPageUrl(config, addresses),
      tls,
      store: storeText(config.store),
      permissions,
    });
  } catch (error) {
    const { message, fields } = startFailure(error);
    log.error(message, fields);
    exitDespiteBlocked(1, { log });
  }
}

/** Handles process events: an uncaught exception ends the process, since its state is unknown then;
 * Node's warnings are logged; and errors of the standard streams are ignored, since their reader
 * may be gone. */
function watchProcess(log: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('a bug ended the process', { origin, error });
    exitDespiteBlocked(1, { log, patienceMs: 0 });
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') log.warn('Node warns', { error: warning });
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
