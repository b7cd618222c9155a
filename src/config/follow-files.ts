import { readFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/log.ts';
import type { SecretFile } from './rotating-secret.ts';

/** Kubernetes takes up to a minute to bring a changed Secret into a Pod; this adds little to it. */
const LOOK_EVERY_MS = 2000;

/** Reads the files again and again, until stopped. Looking, not listening: Kubernetes replaces the folder
 * behind a symbolic link, which events of the file system do not tell reliably, and they need wider
 * permissions. A file that is gone or does not serve leaves the last good secret and is logged. */
export function watchSecretFiles(
  files: readonly SecretFile[],
  { log, everyMs = LOOK_EVERY_MS }: { log: Logger; everyMs?: number },
): { stop(): void } {
  if (files.length === 0) return { stop() {} };
  let timer = setTimeout(look, everyMs).unref();
  let stopped = false;

  async function look(): Promise<void> {
    for (const file of files) await lookAt(file);
    if (!stopped) timer = setTimeout(look, everyMs).unref();
  }

  async function lookAt({ variable, path, take }: SecretFile): Promise<void> {
    try {
      if (take(await readFile(path, 'utf8')) === 'changed')
        log.info('a secret was replaced', { variable, path });
    } catch (error) {
      log
        .rarely(`secret file ${variable}`)
        .warn('a secret cannot be replaced; the last one stands', { variable, path, error });
    }
  }

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
