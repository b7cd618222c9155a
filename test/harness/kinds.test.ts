// Each test file is of one kind, and a unit test needs nothing but Node.

import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import {
  importClosure,
  reasonsForServers,
  testFilesOf,
  testKindOf,
} from '../support/test-kinds.ts';

test('each test file is run by exactly one project', () => {
  const included = (config.test?.projects ?? []).flatMap((project) =>
    typeof project === 'object' && 'test' in project ? (project.test?.include ?? []) : [],
  );
  expect(included.length).toBeGreaterThan(100);
  expect(included.sort()).toEqual(globSync('test/**/*.test.ts').sort());
});

test('nothing that a unit test imports reaches a test server, or starts a process', () => {
  const unit = testFilesOf('unit');
  expect(unit.length).toBeGreaterThan(100);
  const reached = new Set(unit.flatMap((path) => [...importClosure(path)]));
  expect(reached).toContain('src/session/fold.ts');
  expect([...reached].filter((path) => path.startsWith('test/support/redis-'))).toEqual([]);
  expect(unit.flatMap(reasonsForServers)).toEqual([]);
});

test('a unit test finds no program to start', () => {
  expect(process.env.PATH).toBe('/nowhere');
});

test.each([
  ['test/session/fold.test.ts', 'unit', []],
  ['test/contract/sqlite-store.test.ts', 'unit', []],
  ['test/helm/lint.test.ts', 'platform', expect.anything()],
  ['test/model/sqlite.test.ts', 'redis', []],
  // By what it imports, by what that imports, by what it is given.
  [
    'test/contract/redis-echo.test.ts',
    'redis',
    expect.arrayContaining(['test/support/redis-sentinel.ts']),
  ],
  [
    'test/store/redis/connection/tls-rotation.test.ts',
    'redis',
    expect.arrayContaining(['node:child_process in test/support/certificates.ts']),
  ],
  [
    'test/readme/walk.test.ts',
    'redis',
    expect.arrayContaining(['inject in test/readme/walk.test.ts']),
  ],
] as const)('%s is of the kind %s', (path, kind, reasons) => {
  expect(testKindOf(path)).toBe(kind);
  expect(reasonsForServers(path)).toEqual(reasons);
});

test('the import of a type alone reaches nothing', () => {
  expect(importClosure('test/contract/sqlite-tamper.ts')).not.toContain(
    'test/contract/store-under-test.ts',
  );
});
