import { readFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/log.ts';
import type { FollowedFiles } from './followed-files.ts';

/** Kubernetes takes up to a minute to bring a changed Secret into a Pod; this adds little to it. */
const LOOK_EVERY_MS = 2000;

export type FollowOptions = {
  log: Logger;
  everyMs?: number;
  /** Called at once, and after each look, with how many files are in force as they stand, and how
   * many are not. */
  onLooked?: (files: { loaded: number; failed: number }) => void;
};

/** Reads the files again and again, until stopped. Looking, not listening: Kubernetes replaces
 * the folder behind a symbolic link, which events of the file system do not tell reliably, and they
 * need wider permissions. What is gone or does not serve leaves the last good content, and is
 * logged once for each reason. */
export function followFiles(
  followed: readonly FollowedFiles[],
  { log, everyMs = LOOK_EVERY_MS, onLooked = () => {} }: FollowOptions,
): { stop(): void } {
  onLooked({ loaded: countFiles(followed), failed: 0 });
  if (followed.length === 0) return { stop() {} };
  let timer = setTimeout(look, everyMs).unref();
  let stopped = false;
  /** Why those that failed at the last look did, by their variables. */
  const reasons = new Map<string, string>();

  async function look(): Promise<void> {
    const failed: FollowedFiles[] = [];
    for (const each of followed) if ((await lookAt(each)) === 'failed') failed.push(each);
    if (stopped) return;
    onLooked({ loaded: countFiles(followed) - countFiles(failed), failed: countFiles(failed) });
    timer = setTimeout(look, everyMs).unref();
  }

  async function lookAt({ what, files, take }: FollowedFiles): Promise<'fine' | 'failed'> {
    const variables = files.map(({ variable }) => variable).join(', ');
    const paths = files.map(({ path }) => path);
    const fields = { variable: variables, path: paths.join(', ') };
    try {
      const taken = take(await Promise.all(paths.map((path) => readFile(path, 'utf8'))));
      const recovered = reasons.delete(variables);
      if (taken === 'changed') log.info(`${what} was replaced`, fields);
      else if (recovered) log.info(`${what} is back as it was`, fields);
      return 'fine';
    } catch (error) {
      // What is followed no more may be gone.
      if (stopped) return 'fine';
      const reason = error instanceof Error ? error.message : String(error);
      if (reasons.get(variables) !== reason) {
        reasons.set(variables, reason);
        log.warn(`${what} cannot be replaced; the last one stands`, { ...fields, reason });
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

function countFiles(followed: readonly FollowedFiles[]): number {
  return followed.reduce((count, { files }) => count + files.length, 0);
}
