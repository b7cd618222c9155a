// What is told of the certificates in force: to metrics, when each ends, so that an alert comes before that;
// to the log, one whose time is over or has not begun.

import type { Logger } from '../telemetry/log.ts';
import type { CertificateUse, Metrics } from '../telemetry/metrics.ts';
import type { RotatingTls } from './rotating-tls.ts';

/** Tells of each certificate that is in force now. */
export function reportCertificates(
  uses: Readonly<Record<CertificateUse, RotatingTls | undefined>>,
  { log, metrics }: { log: Logger; metrics: Pick<Metrics, 'certificateInForce'> },
): void {
  for (const [use, tls] of Object.entries(uses) as [CertificateUse, RotatingTls | undefined][]) {
    const validity = tls?.validity();
    if (validity === undefined) continue;
    const { fromMs, untilMs } = validity;
    metrics.certificateInForce(use, untilMs / 1000);
    const now = Date.now();
    const fields = { use, from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() };
    if (now > untilMs) log.warn('a certificate has expired; peers will refuse it', fields);
    else if (now < fromMs) log.warn('a certificate is not valid yet; peers will refuse it', fields);
  }
}
