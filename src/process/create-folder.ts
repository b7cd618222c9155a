import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder for the owner alone, and those above it that are missing. Throws the system's
 * error if one cannot be made. Level by level, because Node's recursive mkdir never ends where a
 * folder that is there refuses another with ENOENT, as /proc does.
 */
export function createFolder(path: string): void {
  if (existsSync(path)) return;
  createFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(path)) throw error;
  }
}
