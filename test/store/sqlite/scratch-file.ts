import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A path in a folder of its own, which is removed after the tests of the calling file. */
export function scratchFile(within = tmpdir()): string {
  const folder = mkdtempSync(join(within, 'sqlite-store-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return join(folder, 'data', 'sessions.db');
}
