import { variablesOf } from '../config/raw-settings.ts';
import type { Setting } from '../config/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../config/settings.ts';

/** The first line of the message about wrong arguments. */
export const USAGE = 'usage: npm start, or node src/main.ts';

/** The output of --help: all settings, since there are no arguments. */
export function helpText(): string {
  const settings = SETTING_NAMES.flatMap((name) => {
    const { description, range, default: standard }: Setting<unknown> = SETTINGS[name];
    return [
      `  ${variablesOf(name).join(', ')}${standard === '' ? '' : ` (${standard})`}`,
      `      ${description}`,
      `      Takes ${range}.`,
    ];
  });
  const lines = [USAGE, '', 'The settings are environment variables:', '', ...settings];
  return `${lines.join('\n')}\n`;
}
