// Refuses generated code that is not what the proto gives: generates into another folder and
// compares.

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMITTED = 'src';
const fresh = mkdtempSync(join(tmpdir(), 'session-generated-'));
try {
  const { status } = spawnSync('buf', ['generate', '--output', fresh], { stdio: 'inherit' });
  const differing = status === 0 ? differingFiles() : ['buf generate failed'];
  for (const path of differing) process.stderr.write(`${path}: run \`npm run generate\`\n`);
  process.exitCode = differing.length === 0 ? 0 : 1;
} finally {
  rmSync(fresh, { recursive: true });
}

function differingFiles(): string[] {
  const paths = new Set(
    [COMMITTED, join(fresh, COMMITTED)].flatMap((cwd) => globSync('gen/**/*.ts', { cwd })),
  );
  return [...paths].filter(
    (path) => textAt(COMMITTED, path) !== textAt(join(fresh, COMMITTED), path),
  );
}

function textAt(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}
