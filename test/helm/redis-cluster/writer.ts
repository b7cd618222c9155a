// A client of the cluster that writes all the time and knows what was acknowledged.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Pods } from './pods.ts';

/** What a writer saw: writes acknowledged, those of them not found again, calls that failed,
 * longest wait for one. */
export type Account = { total: number; lost: number; errors: number; longestGapMs: number };

/** A client that writes until it is told to end. */
export type Writer = {
  /** Stops it, and has it read everything back. Rejects if it ended by itself. */
  end(): Promise<Account>;
};

/** Starts to write, and resolves when the first write was acknowledged: by the master alone or, if
 * `isReplicated`, by a replica as well. */
export async function startWriter(pods: Pods, tlsCa = '', isReplicated = false): Promise<Writer> {
  // A process sees the Pods' names and addresses when it is given their file of hosts and their
  // network.
  const script =
    'mount --bind "$HOSTS_FILE" /etc/hosts && exec nsenter --net="$HUB" "$NODE" "$WRITER"';
  const child = spawn('unshare', ['--mount', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      HOSTS_FILE: pods.hostsFile,
      HUB: pods.hub,
      NODE: process.execPath,
      WRITER: join(import.meta.dirname, 'writer-process.ts'),
      HOSTS: [0, 1, 2].map(pods.hostOf).join(','),
      PASSWORD_FILE: pods.passwordFile,
      TLS_CA: tlsCa,
      REPLICATED: isReplicated ? 'yes' : '',
    },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  return {
    async end() {
      child.stdin.end('end\n');
      const { value } = await lines.next();
      if (value === undefined) throw new Error('the writer ended without an account');
      return JSON.parse(value);
    },
  };
}
