import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Logger } from '../telemetry/log.ts';
import type { FollowedFiles } from './followed-files.ts';

/** Kubernetes takes up to a minute to update a Secret in a Pod; this adds little to that. */
const CHECK_EVERY_MS = 2000;

/** Secrets, certificates and keys are far smaller. */
const FILE_MAX_BYTES = 1024 * 1024;

export type FollowOptions = {
  log: Logger;
  everyMs?: number;
  /** Called at once, and after each check, with how many files are in force as they are, and how
   * many are not. */
  onChecked?: (files: { loaded: number; failed: number }) => void;
};

/** Reads the files regularly, until stopped. It polls instead of watching, because Kubernetes
 * replaces the folder behind a symbolic link, which file system events do not report reliably, and
 * because watching needs wider permissions. If a file is gone or cannot be used, the last good
 * contents stay in force, and each reason is logged once. */
export function followFiles(
  followed: readonly FollowedFiles[],
  { log, everyMs = CHECK_EVERY_MS, onChecked = () => {} }: FollowOptions,
): { stop(): void } {
  onChecked({ loaded: countFiles(followed), failed: 0 });
  if (followed.length === 0) return { stop() {} };
  let timer = setTimeout(checkAll, everyMs).unref();
  let stopped = false;
  /** Why files failed at the last check, by their variables. */
  const reasons = new Map<string, string>();

  async function checkAll(): Promise<void> {
    const failed: FollowedFiles[] = [];
    for (const each of followed) if ((await checkFiles(each)) === 'failed') failed.push(each);
    if (stopped) return;
    onChecked({ loaded: countFiles(followed) - countFiles(failed), failed: countFiles(failed) });
    timer = setTimeout(checkAll, everyMs).unref();
  }

  async function checkFiles({ what, files, take }: FollowedFiles): Promise<'fine' | 'failed'> {
    const variables = files.map(({ variable }) => variable).join(', ');
    const paths = files.map(({ path }) => path);
    const fields = { variable: variables, path: paths.join(', ') };
    try {
      const taken = take(await Promise.all(paths.map(contentsOf)));
      const recovered = reasons.delete(variables);
      if (taken === 'changed') log.info(`${what} was replaced`, fields);
      else if (recovered) log.info(`${what} is back as it was`, fields);
      return 'fine';
    } catch (error) {
      // After stop() a file may be gone.
      if (stopped) return 'fine';
      const reason = error instanceof Error ? error.message : String(error);
      if (reasons.get(variables) !== reason) {
        reasons.set(variables, reason);
        log.warn(`${what} cannot be replaced; the last one stays in force`, { ...fields, reason });
      }
      return 'failed';
    }
  }

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function contentsOf(path: string): Promise<string> {
  // Without waiting for somebody who writes, should it be a pipe.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error('it is not a file');
  if (stats.size > FILE_MAX_BYTES)
    throw new Error(`it has ${stats.size} bytes, the most is ${FILE_MAX_BYTES}`);
  return file.readFile('utf8');
}

function countFiles(followed: readonly FollowedFiles[]): number {
  return followed.reduce((count, { files }) => count + files.length, 0);
}
