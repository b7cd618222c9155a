import { expect, test } from 'vitest';
import { variablesOf } from '../../src/config/raw-settings.ts';
import type { Setting } from '../../src/config/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/config/settings.ts';
import { pageTable } from './readme.ts';

test('the table of settings is the one in the code, row by row', () => {
  const rows = SETTING_NAMES.map((name) => {
    const { default: defaultText, range, description }: Setting<unknown> = SETTINGS[name];
    const variables = variablesOf(name).map((variable) => `\`${variable}\``);
    return [
      variables.join('<br>'),
      defaultText === '' ? '–' : `\`${defaultText}\``,
      range,
      description,
    ];
  });
  expect(pageTable('reference/settings.md', 'setting')).toEqual(rows);
});
