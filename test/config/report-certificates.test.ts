import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCertificateReport } from '../../src/config/report-certificates.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { authorityOfTest } from '../support/certificates.ts';
import { startTestApp } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const BEGIN_MS = Date.UTC(2026, 0, 1);

let nowMs: number;
let lines: Record<string, unknown>[];
let ends: Record<string, number>;

beforeEach(() => {
  nowMs = BEGIN_MS;
  lines = [];
  ends = {};
});
afterEach(() => {
  vi.useRealTimers();
});

/** A report of the webhook's certificate, which is for so many days. */
function reportOn(certificate: { days: number }): () => void {
  const validity = () => ({ fromMs: BEGIN_MS, untilMs: BEGIN_MS + certificate.days * DAY_MS });
  const webhook = { current: () => ({}), validity, followed: undefined };
  return createCertificateReport(
    { webhook, rpc: undefined, store: undefined },
    {
      log: createLog({ level: 'info', write: (line) => lines.push(JSON.parse(line)) }),
      metrics: {
        certificateNotBefore: { set: () => {} },
        certificateExpiry: {
          set: ({ use }, untilSeconds) => {
            ends[use] = untilSeconds * 1000;
          },
        },
      },
      nowMs: () => nowMs,
    },
  );
}

/** Reports twice, and returns level and message of what was logged by then. */
function reportedAt(report: () => void, days: number): string[] {
  nowMs = BEGIN_MS + days * DAY_MS;
  report();
  report();
  return lines.map(({ level, message }) => `${level}: ${message}`);
}

const SOON = 'warn: a certificate ends soon; renew it';
const OVER = 'error: a certificate has expired; peers will refuse it';

test('a certificate that ends while the process runs is reported once before, and once then', () => {
  const report = reportOn({ days: 90 });
  expect(reportedAt(report, 0)).toEqual([]);
  expect(reportedAt(report, 75.9)).toEqual([]);
  expect(reportedAt(report, 76.1)).toEqual([SOON]);
  expect(reportedAt(report, 89.9)).toEqual([SOON]);
  expect(reportedAt(report, 90.1)).toEqual([SOON, OVER]);
  expect(reportedAt(report, 100)).toEqual([SOON, OVER]);
  expect(lines[1]).toMatchObject({ use: 'webhook', until: '2026-04-01T00:00:00.000Z' });
  expect(ends).toEqual({ webhook: BEGIN_MS + 90 * DAY_MS });
});

test('one for a few days is not reported before its renewal is overdue', () => {
  const report = reportOn({ days: 5 });
  expect(reportedAt(report, 3.9)).toEqual([]);
  expect(reportedAt(report, 4.1)).toEqual([SOON]);
});

test('its successor is reported for itself', () => {
  const certificate = { days: 90 };
  const report = reportOn(certificate);
  expect(reportedAt(report, 80)).toEqual([SOON]);
  certificate.days = 100;
  expect(reportedAt(report, 89)).toEqual([SOON, SOON]);
  expect(ends).toEqual({ webhook: BEGIN_MS + 100 * DAY_MS });
});

test('one that is not valid yet is reported once', () => {
  const report = reportOn({ days: 90 });
  expect(reportedAt(report, -1)).toEqual([
    'warn: a certificate is not valid yet; peers will refuse it',
  ]);
  expect(reportedAt(report, 1)).toHaveLength(1);
});

test('a running service reports its certificate when it expires', async () => {
  const { certPath, keyPath } = authorityOfTest().issue('service', { days: 30 });
  vi.useFakeTimers({ toFake: ['Date'] });
  const app = await startTestApp({ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath });
  const reported = () => app.logged.filter(({ message }) => /^a certificate/.test(String(message)));
  expect(reported()).toEqual([]);
  vi.setSystemTime(Date.now() + 31 * DAY_MS);
  await waitFor(() => expect(reported()).toMatchObject([{ level: 'error', use: 'webhook' }]));
  await app.stop();
});
