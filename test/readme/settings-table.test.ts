import { expect, test } from 'vitest';
import { variablesOf } from '../../src/config/raw-settings.ts';
import type { Setting } from '../../src/config/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/config/settings.ts';
import { pageTable } from './readme.ts';

/** What the page says shorter, because a table is narrow and its introduction explains the form. */
const SHORTER: readonly [RegExp, string][] = [
  [/^a whole number of (.*) from (\d+) to (\d+)/, '$1, $2 to $3'],
  [/^a duration such as .* \(seconds\), from (.*) to (.*)$/, 'duration, $1 to $2'],
  [/^host:port, such as [^;]*; port 0 lets the system choose/, 'host:port'],
  [/^the path of a file in PEM$/, 'PEM file'],
  [/^the path of a folder$/, 'folder'],
];

test('the table of settings is the one in the code, row by row', () => {
  const rows = SETTING_NAMES.map((name) => {
    const { default: defaultText, range, description }: Setting<unknown> = SETTINGS[name];
    const variables = variablesOf(name).map((variable) => `\`${variable}\``);
    return [
      variables.join('<br>'),
      defaultText === '' ? '–' : `\`${defaultText}\``,
      shownRange(name, range),
      description,
    ];
  });
  expect(pageTable('reference/settings.md', 'setting')).toEqual(rows);
});

function shownRange(name: string, range: string): string {
  if (name !== 'STORE_URL' && range === SETTINGS.STORE_URL.range) return 'as STORE_URL';
  return SHORTER.reduce((text, [long, short]) => text.replace(long, short), range);
}
