// Imports point down. Each part of src may import from itself and from the parts named here; the files at the
// top of src are parts of their own.

import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

const MAY_IMPORT: Record<string, readonly string[]> = {
  'main.ts': ['config.ts', 'process'],
  process: ['app.ts', 'config.ts', 'config', 'listeners.ts', 'transport', 'telemetry'],
  'app.ts': [
    'clock.ts',
    'config.ts',
    'config',
    'flows',
    'listeners.ts',
    'open-store.ts',
    'service',
    'store',
    'telemetry',
  ],
  'listeners.ts': ['config.ts', 'transport', 'service', 'store', 'telemetry'],
  'open-store.ts': ['config.ts', 'store', 'store/redis', 'store/sqlite', 'telemetry'],
  'clock.ts': ['service'],
  commands: [
    ...['config.ts', 'config', 'flows', 'open-store.ts', 'process'],
    ...['service', 'session', 'store', 'telemetry', 'transport'],
  ],
  flows: ['session', 'telemetry'],
  'config.ts': ['config', 'transport', 'telemetry'],
  config: ['session', 'transport', 'telemetry'],
  transport: ['service', 'session', 'telemetry', 'gen'],
  telemetry: ['service', 'store', 'session'],
  service: ['store', 'session', 'gen'],
  'store/redis': ['store'],
  'store/sqlite': ['store'],
  store: [],
  session: ['gen'],
};

/** STORE_URL is checked with all other settings, and its form is known where it is used. */
const PARSING_OF_STORE_URL = 'src/config/store-settings.ts -> src/store/redis/connection/store-url.ts';

type Import = { from: string; to: string; isType: boolean };

const imports = projectFiles('src/**/*.ts').flatMap(({ path, lines }): Import[] => {
  const found = lines.join('\n').matchAll(/(import type [^;]*?from|\bfrom|\bimport\() ?'(\.[^']+)'/g);
  return [...found].map(([, keyword = '', target = '']) => ({
    from: path,
    to: relative('.', join(dirname(path), target)),
    isType: keyword.startsWith('import type'),
  }));
});

test('every part of src imports only what lies below it', () => {
  const parts = new Set(imports.map(({ from }) => partOf(from)));
  expect([...parts].filter((part) => !(part in MAY_IMPORT))).toEqual([]);
  const upwards = imports.filter(({ from, to, isType }) => {
    const [importing, imported] = [partOf(from), partOf(to)];
    if (importing === imported || imported === 'package.json') return false;
    // The words of a configuration are those of the part that it configures.
    const isWording =
      isType && imported === 'store/redis' && ['process', 'config.ts', 'config'].includes(importing);
    return !isWording && !MAY_IMPORT[importing]?.includes(imported);
  });
  expect(upwards.map(textOf)).toEqual([PARSING_OF_STORE_URL]);
});

test('nothing but open-store.ts names a concrete store', () => {
  const naming = imports.filter(
    ({ from, to }) => /store\/(redis|sqlite)\/.*-store\.ts$/.test(to) && !from.startsWith(dirname(to)),
  );
  expect(new Set(naming.map(({ from }) => from))).toEqual(new Set(['src/open-store.ts']));
});

function partOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first === 'store' && !second.endsWith('.ts')) return `store/${second}`;
  return path.startsWith('src/') ? first : path;
}

function textOf({ from, to }: Import): string {
  return `${from} -> ${to}`;
}
