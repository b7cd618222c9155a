import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

const source = projectFiles('src/**/*.ts');

test('nothing writes to the console', () => {
  expect(linesMatching(source, /\bconsole\.\w+/)).toEqual([]);
});

/** Where a process begins. */
const PROCESSES = [
  ...['src/main.ts', 'src/commands/check-gateway.ts', 'src/commands/check-store.ts'],
  ...['src/commands/encryption.ts', 'src/commands/import.ts', 'src/commands/repair.ts'],
];

test('the environment is read where a process begins, and nowhere else', () => {
  const others = source.filter(({ path }) => !PROCESSES.includes(path));
  expect(
    linesMatching(others, /\bprocess\.env\b|\bimport \{[^}]*\benv\b[^}]*\} from 'node:process'/),
  ).toEqual([]);
});
