import { variablesOf } from '../config/raw-settings.ts';
import type { Setting } from '../config/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../config/settings.ts';

/** The first line for whoever calls it otherwise. */
export const USAGE = 'usage: npm start, or node src/main.ts';

/** What --help says: every setting, since there are no arguments. */
export function helpText(): string {
  const settings = SETTING_NAMES.flatMap((name) => {
    const { description, range, default: standard }: Setting<unknown> = SETTINGS[name];
    return [
      `  ${variablesOf(name).join(', ')}${standard === '' ? '' : ` (${standard})`}`,
      `      ${description}`,
      `      Takes ${range}.`,
    ];
  });
  return `${[USAGE, '', 'Its settings are variables of the environment:', '', ...settings].join('\n')}\n`;
}
