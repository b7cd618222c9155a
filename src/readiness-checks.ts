// What must be well for this process to be ready: a write can be acknowledged now.

import type { Config } from './config.ts';
import type { SpoolUsage } from './service/spooling/spooling.ts';
import type { StoreReadiness } from './store/store-readiness.ts';
import type { ReadinessCheck } from './transport/admin/admin-handler.ts';

export type ReadinessParts = {
  config: Config;
  readiness: StoreReadiness;
  /** Undefined without a spool. */
  spool: { usage(): SpoolUsage } | undefined;
  /** What endangers the stored sessions, a line each. */
  storeWarnings: () => readonly string[];
  /** Why flow definitions are not in force, a line each. */
  flowFailures: () => readonly string[];
  /** Aborted when shutting down begins. */
  closing: AbortSignal;
};

/** All checks, at present. Updates are accepted even if a definition cannot be used. */
export function readinessChecks(parts: ReadinessParts): ReadinessCheck[] {
  const { config, spool, flowFailures, closing } = parts;
  const warnings = flowFailures();
  const flows = { name: 'flows', ok: true, ...(warnings.length > 0 && { warnings }) };
  return [
    storeCheck(parts),
    ...(spool ? [{ name: 'spool', ok: true, facts: factsOf(spool.usage()) }] : []),
    ...(config.flowsDir === undefined ? [] : [flows]),
    {
      ...{ name: 'serving', ok: !closing.aborted },
      ...(closing.aborted && { reason: 'shutting down' }),
    },
  ];
}

function storeCheck({ readiness, storeWarnings }: ReadinessParts): ReadinessCheck {
  const ok = readiness.current();
  const reason = readiness.reason();
  const isSpooling = ok && reason !== undefined;
  const warnings = [
    ...(isSpooling ? [`updates go to the spool: ${reason}`] : []),
    ...storeWarnings(),
  ];
  return {
    ...{ name: 'store', ok },
    ...(reason && !isSpooling && { reason }),
    ...(warnings.length > 0 && { warnings }),
  };
}

function factsOf({ rows, bytes, maxBytes, setAside, oldestMs }: SpoolUsage) {
  return { rows, bytes, maxBytes, setAside, oldestSeconds: Math.round(oldestMs / 1000) };
}
