// Imports point down. Each room of src (a folder, or a file at the top) may import from itself and
// from the rooms named here; a folder stands for what is in its sub-folders too, unless these are
// listed. No files import each other in a circle.

import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

const ROOT_OF_SERVICE = ['service', 'session', 'store', 'gen'];

const MAY_IMPORT: Record<string, readonly string[]> = {
  'main.ts': ['config.ts', 'process'],
  commands: [
    ...[
      'config.ts',
      'config',
      'flows',
      'open-encryption.ts',
      'open-store.ts',
      'process',
      'service',
    ],
    ...['session', 'store', 'telemetry', 'transport/webhook'],
  ],
  process: [
    ...['app.ts', 'config.ts', 'config', 'listeners.ts', 'listen-address.ts', 'spool'],
    'telemetry',
  ],
  'app.ts': [
    ...['config.ts', 'config', 'flows', 'listeners.ts', 'open-encryption.ts', 'open-spool.ts'],
    ...['open-store.ts', 'receipt-clock.ts', 'service', 'session', 'store', 'telemetry'],
    'with-legacy-state.ts',
  ],
  'open-encryption.ts': ['config.ts', 'open-store.ts', 'service', 'session', 'store', 'telemetry'],
  'open-spool.ts': ['config', 'service', 'session', 'spool', 'store', 'telemetry'],
  'with-legacy-state.ts': ['config.ts', 'open-store.ts', 'service', 'store', 'telemetry'],
  'listeners.ts': [
    ...['config.ts', 'listen-address.ts', 'readiness-checks.ts'],
    ...['transport', 'service', 'store', 'telemetry'],
  ],
  'readiness-checks.ts': ['config.ts', 'service', 'store', 'transport'],
  'open-store.ts': [
    ...['config.ts', 'store', 'store/redis', 'store/redis/check', 'store/sqlite', 'telemetry'],
  ],
  'config.ts': ['config', 'listen-address.ts', 'telemetry'],
  config: ['listen-address.ts', 'session', 'telemetry'],
  flows: ['session/flow', 'telemetry'],
  'receipt-clock.ts': ['service'],
  'listen-address.ts': [],
  'transport/webhook': [
    ...['transport', 'transport/rpc', 'transport/server', 'transport/wires', 'service', 'session'],
    ...['telemetry', 'gen'],
  ],
  'transport/rpc': [
    ...['transport', 'transport/server', 'transport/wires', 'service', 'session', 'telemetry'],
    'gen',
  ],
  'transport/wires': ['transport', 'transport/server', 'service', 'session', 'telemetry', 'gen'],
  'transport/page': ['transport', 'transport/server', 'session'],
  'transport/page/browser': ['gen'],
  'transport/admin': ['transport', 'transport/server', 'session'],
  transport: ['transport/server', 'listen-address.ts', 'session', 'telemetry'],
  'transport/server': ['transport', 'listen-address.ts', 'session', 'telemetry'],
  telemetry: ['service', 'store', 'session'],
  service: [
    ...ROOT_OF_SERVICE,
    ...roomsOfService(
      'indexing erasing appending compacting listing locking reading retrying spooling',
    ),
    ...roomsOfService('explaining'),
  ],
  'service/spooling': [
    ...[...ROOT_OF_SERVICE, 'spool'],
    ...roomsOfService('indexing erasing appending compacting reading retrying'),
  ],
  'service/explaining': [
    ...['session/legacy', ...ROOT_OF_SERVICE],
    ...roomsOfService('compacting reading'),
  ],
  'service/legacy': ['session/legacy', ...ROOT_OF_SERVICE],
  'service/indexing': [...ROOT_OF_SERVICE, ...roomsOfService('erasing appending reading')],
  'service/erasing': [...ROOT_OF_SERVICE, ...roomsOfService('locking reading retrying')],
  'service/appending': [
    ...ROOT_OF_SERVICE,
    ...roomsOfService('compacting locking reading retrying'),
  ],
  'service/compacting': [...ROOT_OF_SERVICE, ...roomsOfService('reading')],
  'service/locking': [...ROOT_OF_SERVICE, ...roomsOfService('retrying')],
  'service/retrying': ROOT_OF_SERVICE,
  'service/listing': [...ROOT_OF_SERVICE, ...roomsOfService('access reading')],
  'service/reading': ROOT_OF_SERVICE,
  'store/redis': ['store', ...roomsOfRedis('connection replication scripts clock')],
  'store/redis/check': ['store', ...roomsOfRedis('connection scripts clock')],
  'store/redis/connection': [
    ...['store', 'store/redis'],
    ...roomsOfRedis('replication scripts clock'),
  ],
  'store/redis/replication': ['store', ...roomsOfRedis('connection scripts clock')],
  'store/redis/scripts': ['store'],
  'store/redis/clock': [],
  'store/sqlite': ['store'],
  store: [],
  spool: [],
  session: ['session/flow', 'session/json', 'gen'],
  'session/flow': ['session', 'session/json'],
  'session/json': ['session'],
  'session/legacy': ['session', 'session/json', 'gen'],
};

/** STORE_URL is checked with all other settings, and its form is known where it is used. */
const PARSING_OF_STORE_URL =
  'src/config/store-settings.ts -> src/store/redis/connection/store-url.ts';

type Import = { from: string; to: string; isType: boolean };

const imports = projectFiles('src/**/*.ts').flatMap(({ path, lines }): Import[] => {
  const pattern = /(import type [^;]*?from|\bfrom|\bimport\() ?'(\.[^']+)'/g;
  return [...lines.join('\n').matchAll(pattern)].map(([, keyword = '', target = '']) => ({
    from: path,
    to: relative('.', join(dirname(path), target)),
    isType: keyword.startsWith('import type'),
  }));
});

test('every room of src imports only what lies below it', () => {
  const rooms = new Set(imports.map(({ from }) => roomOf(from)));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  const upwards = imports.filter(({ from, to, isType }) => {
    const [importing, imported] = [roomOf(from), roomOf(to)];
    if (importing === imported || to === 'package.json') return false;
    // The words of a configuration are those of the room that it configures.
    const isWording =
      isType &&
      imported === 'store/redis/connection' &&
      ['process', 'config.ts', 'config'].includes(importing);
    return !isWording && !mayImport(importing, imported);
  });
  expect(upwards.map(textOf)).toEqual([PARSING_OF_STORE_URL]);
});

test('no files import each other in a circle', () => {
  const importedBy = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  function circleFrom(path: string, way: readonly string[]): string[] {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const { to } of importedBy.get(path) ?? []) {
      const circle = circleFrom(to, [...way, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  }
  expect(importedBy.size).toBeGreaterThan(100);
  const circles = importedBy.keys().map((path) => circleFrom(path, []));
  expect(circles.find((circle) => circle.length > 0)).toBeUndefined();
});

test('nothing but open-store.ts names a concrete store', () => {
  const naming = imports.filter(
    ({ from, to }) =>
      /store\/(redis|sqlite)\/.*-store\.ts$/.test(to) && !from.startsWith(dirname(to)),
  );
  expect(new Set(naming.map(({ from }) => from))).toEqual(new Set(['src/open-store.ts']));
});

/** The longest listed folder that a file lies in, or the file itself at the top of src. */
function roomOf(path: string): string {
  const inside = path.replace(/^src\//, '');
  if (!inside.includes('/')) return inside;
  const rooms = Object.keys(MAY_IMPORT).filter((room) => inside.startsWith(`${room}/`));
  return rooms.sort((one, other) => other.length - one.length)[0] ?? inside.split('/')[0] ?? '';
}

/** Whether a room may import another. From outside, the name of a folder stands for the folders in
 * it too; within it each of them is named. Those of the store always are: each is another store. */
function mayImport(importing: string, imported: string): boolean {
  return (MAY_IMPORT[importing] ?? []).some(
    (room) =>
      imported === room ||
      (room !== 'store' &&
        imported.startsWith(`${room}/`) &&
        !`${importing}/`.startsWith(`${room}/`)),
  );
}

function roomsOfService(names: string): string[] {
  return names.split(' ').map((name) => `service/${name}`);
}

function roomsOfRedis(names: string): string[] {
  return names.split(' ').map((name) => `store/redis/${name}`);
}

function textOf({ from, to }: Import): string {
  return `${from} -> ${to}`;
}
