import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder for the owner alone, and missing folders above it. Throws the system's error if
 * a folder cannot be created. Works level by level, because Node's recursive mkdir never ends where
 * an existing folder refuses a new one with ENOENT, as /proc does.
 */
export function createFolder(path: string): void {
  if (existsSync(path)) return;
  createFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it meanwhile.
    if (!existsSync(path)) throw error;
  }
}
