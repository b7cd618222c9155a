// Numbers on their way from values to the service: those in quotes are refused, for no schema holds
// a text to a range; large ones arrive in digits, although Go writes them with an exponent;
// durations keep to the service's range.

import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { environmentOf, renderWithSidecar } from './example-pod.ts';
import { refusalOf } from './refusal-of.ts';
import { CHARTS, manifestsFrom, renderChart, runHelm, theOnly } from './render.ts';

const STORE = { store: { url: 'redis://redis' } };

/** The largest that there are, and one that is written with an exponent. */
const LARGE = {
  SESSION_MAX_BYTES: 16_777_216,
  BODY_MAX_BYTES: 16_777_216,
  STORE_TOPOLOGY_REFRESH_MS: 3_600_000,
  SESSION_TTL: 34_560_000,
};
const AS_DIGITS = Object.fromEntries(
  Object.entries(LARGE).map(([name, value]) => [name, String(value)]),
);

async function environmentOfGateway(options: Parameters<typeof renderChart>[0]) {
  const { containers } = theOnly(await renderChart(options), 'Deployment').spec.template.spec;
  return environmentOf(containers[0]);
}

describe('a number in quotes is refused, by its type', () => {
  test.each([
    ['settings.LOCK_TTL_MS', '5'],
    ['settings.BODY_MAX_BYTES', '99999999'],
    ['settings.HISTORY_MAX_ENTRIES', '500'],
    ['gateway.service.port', '80'],
    ['gateway.replicaCount', '2'],
    ['gateway.preStopSeconds', '5'],
    ['redisCluster.shards', '3'],
    ['injectedSidecar.settings.LOCK_TTL_MS', '5000'],
    ['injectedSidecar.admin.port', '28464'],
    ['injectedSidecar.shutdownGraceMs', '1500'],
  ])('%s', async (path, text) => {
    const values = path.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), text);
    const where = path.replace('injectedSidecar', '').replaceAll('.', '/').replace(/^\/*/, '/');
    const refusal = await refusalOf(['store.url=redis://redis'], values as object);
    // A number that may also be left out is "null or integer".
    expect(refusal.replace('null or integer', 'integer')).toContain(
      `at '${where}': got string, want integer`,
    );
  });

  test('of `--set-string` too', async () => {
    const parameters = ['template', CHARTS.application, '--set', 'store.url=redis://redis'];
    const rendered = runHelm([...parameters, '--set-string', 'settings.LOCK_TTL_MS=5']);
    await expect(rendered).rejects.toThrow("at '/settings/LOCK_TTL_MS': got string, want integer");
  });
});

describe('a large number is written in digits', () => {
  test('of a file of values', async () => {
    expect(await environmentOfGateway({ values: { ...STORE, settings: LARGE } })).toMatchObject(
      AS_DIGITS,
    );
  });

  test('of --set and --set-json', async () => {
    const settings = JSON.stringify({ ...LARGE, LOCK_TTL_MS: 3e5 });
    const assignments = Object.entries(LARGE).map(([name, value]) => `settings.${name}=${value}`);
    expect(await environmentOfGateway({ values: STORE, set: assignments })).toMatchObject(
      AS_DIGITS,
    );
    const parameters = ['template', CHARTS.application, '--set', 'store.url=redis://redis'];
    const { stdout } = await runHelm([...parameters, '--set-json', `settings=${settings}`]);
    const { containers } = theOnly(manifestsFrom(stdout), 'Deployment').spec.template.spec;
    expect(environmentOf(containers[0])).toMatchObject({ ...AS_DIGITS, LOCK_TTL_MS: '300000' });
  });

  test('for a sidecar', async () => {
    const { sidecar } = await renderWithSidecar({ settings: LARGE, shutdownGraceMs: 600_000 });
    expect(environmentOf(sidecar)).toMatchObject({ ...AS_DIGITS, SHUTDOWN_GRACE_MS: '600000' });
  });
});

describe('a duration is refused where the service refuses it', () => {
  test.each([
    '1s',
    '0s',
    '0h0m1s',
    '400d',
    '400d1s',
    '9600h',
    '9601h',
    '576000m',
    '576001m',
    '08h',
    '0010d',
    'P57W1D',
    'P57W2D',
    'PT34560000S',
    'PT34560001S',
    'P',
    'P400DT1S',
    '34560000',
    '34560001',
    '0',
    '99999999999999999999',
  ])('%s', async (text) => {
    const refusal = await refusalOf([], { ...STORE, settings: { QUARANTINE_TTL: text } });
    expect(refusal === '').toBe(SETTINGS.QUARANTINE_TTL.parse(text) !== undefined);
    if (refusal)
      expect(refusal).toContain(
        `settings.QUARANTINE_TTL is ${text}: it takes 1 second to 400 days`,
      );
  });
});
