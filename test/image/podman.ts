// Podman, as a command. Where it needs a configuration of its own, CONTAINERS_CONF and
// CONTAINERS_STORAGE_CONF say so (podman-settings.sh).

import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a command ended, and what it wrote. */
export type Outcome = { code: number | null; stdout: string; stderr: string };

/** Runs podman to its end, with this on its standard input. */
export async function podmanOutcome(parameters: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn('podman', parameters, { stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([
    ended(child),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** What podman writes to standard output. Rejects with what it wrote to standard error if it
 * fails. */
export async function podman(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await podmanOutcome(parameters);
  if (code !== 0) throw new Error(`podman ${parameters.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new Error('podman is not installed: .ci/install-packages brings it')
          : error,
      ),
    );
    child.once('close', resolve);
  });
}
