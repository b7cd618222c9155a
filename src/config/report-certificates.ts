// What is told of the certificates in force: to metrics, from when until when each is, so that an
// alert comes before it ends; to the log, what is wrong with its time. That goes wrong without
// anything being changed, so it is looked at again and again, and said once.

import type { Logger } from '../telemetry/log.ts';
import type { CertificateUse, Metrics } from '../telemetry/metrics.ts';
import type { Validity } from './check-tls.ts';
import type { RotatingTls } from './rotating-tls.ts';

/** The same as that of the alert, so that its log tells of what fires. */
const ENDS_SOON_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Certificates for a few days are renewed when a third of their time is left; that is no reason
 * to warn. */
const ENDS_SOON_SHARE = 1 / 5;

/** Gives what tells of each certificate that is in force at the moment. It is to be called again
 * and again: the log has a certificate once (warn) when less than 14 days are left to it, or less
 * than a fifth of its time where that is shorter; once (error) when it has ended; and once (warn)
 * if its time has not begun. */
export function createCertificateReport(
  uses: Readonly<Record<CertificateUse, RotatingTls | undefined>>,
  {
    log,
    metrics,
    nowMs = Date.now,
  }: { log: Logger; metrics: Pick<Metrics, 'certificateInForce'>; nowMs?: () => number },
): () => void {
  const told = new Map<CertificateUse, string>();

  return () => {
    for (const [use, tls] of Object.entries(uses) as [CertificateUse, RotatingTls | undefined][]) {
      const validity = tls?.validity();
      if (validity === undefined) continue;
      const { fromMs, untilMs } = validity;
      metrics.certificateInForce(use, validity);
      const phase = phaseOf(validity, nowMs());
      const news = `${phase} ${fromMs} ${untilMs}`;
      if (told.get(use) === news) continue;
      told.set(use, news);
      const fields = {
        use,
        from: new Date(fromMs).toISOString(),
        until: new Date(untilMs).toISOString(),
      };
      if (phase === 'over') log.error('a certificate has expired; peers will refuse it', fields);
      else if (phase === 'ends soon') log.warn('a certificate ends soon; renew it', fields);
      else if (phase === 'to come')
        log.warn('a certificate is not valid yet; peers will refuse it', fields);
    }
  };
}

function phaseOf(
  { fromMs, untilMs }: Validity,
  nowMs: number,
): 'to come' | 'fine' | 'ends soon' | 'over' {
  if (nowMs > untilMs) return 'over';
  if (nowMs < fromMs) return 'to come';
  const endsSoonMs = Math.min(ENDS_SOON_DAYS * DAY_MS, (untilMs - fromMs) * ENDS_SOON_SHARE);
  return untilMs - nowMs < endsSoonMs ? 'ends soon' : 'fine';
}
