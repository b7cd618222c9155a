import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { SCRIPT_NAMES, scriptsWith } from '../../../../src/store/redis/check/script-commands.ts';
import { loadScript } from '../../../../src/store/redis/scripts/script.ts';

const FOLDER = join(import.meta.dirname, '../../../../src/store/redis/scripts');

test('all scripts of the store are known', () => {
  const files = globSync('*.lua', { cwd: FOLDER }).map((path) => basename(path, '.lua'));
  expect([...SCRIPT_NAMES].sort()).toEqual(files.sort());
});

test('permitted.lua looks up every command of the scripts for former services', () => {
  const { lua } = loadScript('legacy/permitted');
  const lookedUp = [...lua.matchAll(/^ {2}\{'(\w+)'/gm)].map(([, command]) => command);
  for (const name of ['legacy/find', 'legacy/remove'])
    for (const [, command] of loadScript(name).lua.matchAll(/redis\.call\('(\w+)'/g))
      expect(lookedUp, `${command} of ${name}`).toContain(command);
  expect(lookedUp.length).toBeGreaterThan(4);
});

test('a command that is missing names the scripts that need it', () => {
  expect(scriptsWith('zadd')).toEqual(expect.arrayContaining(['erase_user', 'index']));
  expect(scriptsWith('zadd')).not.toContain('append');
  expect(scriptsWith('evalsha')).toEqual([...SCRIPT_NAMES]);
  expect(scriptsWith('flushall')).toEqual([]);
});
