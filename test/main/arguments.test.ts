import { expect, test } from 'vitest';
import { SETTING_NAMES, SETTINGS } from '../../src/config/settings.ts';
import { startProcess } from './running-process.ts';

test.each(['--help', '-h'])(
  '%s lists every setting with what it takes, and starts nothing',
  async (flag) => {
    const running = startProcess({ SESSION_TTL: 'soon' }, { words: [flag] });
    expect(await running.exited).toBe(0);
    expect(running.stderr()).toBe('');
    expect(running.stdout()).toMatch(/^usage: npm start, or node src\/main\.ts\n/);
    for (const name of SETTING_NAMES) {
      const { description, range } = SETTINGS[name];
      expect(running.stdout()).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
      expect(running.stdout()).toContain(`      ${description}\n      Takes ${range}.\n`);
    }
    expect(running.stdout()).toMatch(/^ {2}STORE_PASSWORD, STORE_PASSWORD_FILE$/m);
    expect(running.stdout()).toMatch(/^ {2}SESSION_TTL \(24h\)$/m);
  },
);

test.each([['serve'], ['--webhook-listen=0.0.0.0:80'], ['--help', 'me']])(
  'an argument (%s) is refused, not ignored',
  async (...words) => {
    const running = startProcess({}, { words });
    expect(await running.exited).toBe(64);
    expect(running.stdout()).toBe('');
    expect(running.stderr()).toBe(
      'usage: npm start, or node src/main.ts\n' +
        'the service takes no arguments: its settings are variables, which --help lists\n',
    );
  },
);
