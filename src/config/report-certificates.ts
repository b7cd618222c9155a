// Reports the certificates in force: their validity periods as metrics, so that an alert comes
// before one expires; and expired, expiring or not yet valid certificates in the log. A certificate
// expires without any change, so it is checked regularly, and logged once.

import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CertificateUse } from '../telemetry/process-metrics-table.ts';
import type { Validity } from './check-tls.ts';
import type { RotatingTls } from './rotating-tls.ts';

/** The same as in the alert, so that the log explains the alert. */
const ENDS_SOON_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Certificates with a validity of a few days are renewed when a third of it is left; that is no
 * reason to warn. */
const ENDS_SOON_SHARE = 1 / 5;

type CertificateMetrics = {
  [Name in 'certificateNotBefore' | 'certificateExpiry']: Pick<Metrics[Name], 'set'>;
};

/** Returns a function that reports each certificate that is currently in force, to be called
 * regularly. It logs a certificate once (warn) when less than 14 days are left, or less than a
 * fifth of its validity period where that is shorter; once (error) when it has expired; and once
 * (warn) if it is not valid yet. */
export function createCertificateReport(
  uses: Readonly<Record<CertificateUse, RotatingTls | undefined>>,
  {
    log,
    metrics,
    nowMs = Date.now,
  }: { log: Logger; metrics: CertificateMetrics; nowMs?: () => number },
): () => void {
  const reported = new Map<CertificateUse, string>();

  return () => {
    for (const [use, tls] of Object.entries(uses) as [CertificateUse, RotatingTls | undefined][]) {
      const validity = tls?.validity();
      if (validity === undefined) continue;
      const { fromMs, untilMs } = validity;
      metrics.certificateNotBefore.set({ use }, fromMs / 1000);
      metrics.certificateExpiry.set({ use }, untilMs / 1000);
      const phase = phaseOf(validity, nowMs());
      const news = `${phase} ${fromMs} ${untilMs}`;
      if (reported.get(use) === news) continue;
      reported.set(use, news);
      const fields = {
        use,
        from: new Date(fromMs).toISOString(),
        until: new Date(untilMs).toISOString(),
      };
      if (phase === 'expired') log.error('a certificate has expired; peers will refuse it', fields);
      else if (phase === 'ends soon') log.warn('a certificate ends soon; renew it', fields);
      else if (phase === 'not yet valid')
        log.warn('a certificate is not valid yet; peers will refuse it', fields);
    }
  };
}

function phaseOf(
  { fromMs, untilMs }: Validity,
  nowMs: number,
): 'not yet valid' | 'fine' | 'ends soon' | 'expired' {
  if (nowMs > untilMs) return 'expired';
  if (nowMs < fromMs) return 'not yet valid';
  const endsSoonMs = Math.min(ENDS_SOON_DAYS * DAY_MS, (untilMs - fromMs) * ENDS_SOON_SHARE);
  return untilMs - nowMs < endsSoonMs ? 'ends soon' : 'fine';
}
