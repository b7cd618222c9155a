import { expect, test } from 'vitest';
import type { Setting } from '../../src/config/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/config/settings.ts';

const settings = SETTING_NAMES.map((name) => [name, SETTINGS[name] as Setting<unknown>] as const);

test.each(settings)('%s says what it is, and takes its own default', (_name, setting) => {
  expect(setting.description).toMatch(/^[A-Z].*\.$/);
  expect(setting.range).not.toBe('');
  if (setting.default !== '') expect(setting.parse(setting.default)).toBeDefined();
});

test('every secret is hidden', () => {
  for (const [, { secret, hidden }] of settings) if (secret) expect(hidden).toBe(true);
});
