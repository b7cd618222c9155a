// The settings of the service, in values: by the same names, with the same words, none forgotten.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Setting } from '../../src/config/setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../../src/config/settings.ts';
import { CHARTS } from './render.ts';

/** What the charts see to by values of their own. */
const BY_OTHER_VALUES: SettingName[] = [
  'STORE_URL',
  'STORE_USERNAME',
  'STORE_PASSWORD',
  'STORE_SENTINEL_USERNAME',
  'STORE_SENTINEL_PASSWORD',
  'STORE_TLS_CA',
  'STORE_TLS_CERT',
  'STORE_TLS_KEY',
  'STORE_TLS_SERVER_NAME',
  'DATA_DIR',
  'SPOOL_DIR',
  'WEBHOOK_LISTEN',
  'WEBHOOK_TLS_CERT',
  'WEBHOOK_TLS_KEY',
  'RPC_LISTEN',
  'RPC_TLS_CERT',
  'RPC_TLS_KEY',
  'RPC_TLS_CLIENT_CA',
  'RPC_PLAINTEXT',
  'ADMIN_LISTEN',
  'COGNIGY_WEBHOOK_SECRET',
  'RPC_TOKEN',
  'ENCRYPTION_KEYS',
  'FLOWS_DIR',
  'OTEL_EXPORTER_OTLP_HEADERS',
];

/** A sidecar has a webhook nowhere, and little time to end, which has a value of its own. */
const NOT_OF_SIDECARS: SettingName[] = ['SHUTDOWN_GRACE_MS'];

describe.each([
  { schema: join(CHARTS.application, 'values.schema.json'), without: BY_OTHER_VALUES },
  {
    schema: join(CHARTS.application, 'charts/session-sidecar/values.schema.json'),
    without: [...BY_OTHER_VALUES, ...NOT_OF_SIDECARS],
  },
])('$schema', ({ schema, without }) => {
  const { properties } = JSON.parse(readFileSync(schema, 'utf8'));
  const settings: Record<string, { description?: string; default?: string }> =
    properties.settings.properties;

  test('has every setting that no other value stands for', () => {
    const expected = SETTING_NAMES.filter((name) => !without.includes(name));
    expect(Object.keys(settings).sort()).toEqual([...expected].sort());
  });

  test.each(Object.keys(settings))('says of %s what the service says', (name) => {
    const setting: Setting<unknown> = SETTINGS[name as SettingName];
    expect(settings[name]?.description).toBe(`${setting.description} Takes ${setting.range}.`);
    expect(settings[name]?.default ?? '').toBe(setting.default);
  });

  test('takes no other', () => {
    expect(properties.settings.additionalProperties).toBe(false);
  });
});
