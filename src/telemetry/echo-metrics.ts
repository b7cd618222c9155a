import type { EchoEvents } from '../store/echo-events.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Counts and logs what becomes of writes that a failover may have lost. */
export function createEchoObserver(metrics: Metrics, log: Logger): EchoEvents {
  return {
    onEchoKept({ writes, bytes }) {
      metrics.echoWrites.set(writes);
      metrics.echoBytes.set(bytes);
    },
    onEchoOffered({ kind, result }) {
      metrics.echoOffered.inc({ kind, result });
      if (result === 'restored')
        log.rarely('echo restored').warn('a failover lost writes, which were given back', { kind });
      if (result === 'lost' || result === 'unknown')
        log
          .rarely(`echo ${result}`)
          .warn('a failover lost a write under a condition, or may have', { result });
    },
    onEchoOverrun() {
      metrics.echoOverruns.inc();
      log
        .rarely('echo overrun')
        .warn('writes are not protected against a failover: ECHO_MAX_BYTES is too small');
    },
  };
}
