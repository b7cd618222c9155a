import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Network } from './network.ts';
import { createSidecar, type Sidecar } from './sidecar.ts';

/** Sidecars of one world that run; those without a store of their own share the folder. */
export async function startSidecars({
  count,
  settings,
  network,
}: {
  count: number;
  settings: Record<string, string>;
  network: Network;
}): Promise<{ sidecars: Sidecar[]; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'fault-'));
  const sidecars = Array.from({ length: count }, (_, place) =>
    createSidecar({ name: `sidecar-${place + 1}`, folder, environment: settings }),
  );
  const stop = async () => {
    await Promise.all(sidecars.map((sidecar) => sidecar.end('SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  };
  for (const { name, pid } of sidecars) network.name(name, pid);
  try {
    await Promise.all(sidecars.map((sidecar) => sidecar.start()));
    await untilReady(sidecars);
  } catch (error) {
    await stop();
    throw error;
  }
  return { sidecars, stop };
}

/** Waits until every sidecar can write. */
export async function untilReady(sidecars: readonly Sidecar[]): Promise<void> {
  for (const sidecar of sidecars) {
    await until(`${sidecar.name} to be ready`, async () => {
      const doors = sidecar.doors();
      if (doors === undefined) return undefined;
      const { status } = await fetch(`${doors.admin}/readyz`, {
        signal: AbortSignal.timeout(3000),
      });
      return status === 200 || undefined;
    });
  }
}
