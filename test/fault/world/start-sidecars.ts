import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from './network.ts';
import { createSidecar, type Sidecar } from './sidecar.ts';
import { until } from './until.ts';
import type { WorldOptions } from './world.ts';

/** Starts the sidecars of a world. Without a store elsewhere they share a file. */
export async function startSidecars(
  { sidecars: count, settings, main }: WorldOptions,
  { store, network }: { store: Record<string, string>; network: Network },
): Promise<{ sidecars: Sidecar[]; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'fault-'));
  const sidecars = Array.from({ length: count }, (_, place) => {
    const name = `sidecar-${place + 1}`;
    // A spool is that of one process.
    const spool = settings.SPOOL === 'on' ? { SPOOL_DIR: join(folder, name) } : {};
    return createSidecar({ name, folder, main, environment: { ...store, ...spool, ...settings } });
  });
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

/** Waits until no sidecar has an update in its spool. */
export async function untilReplayed(sidecars: readonly Sidecar[]): Promise<void> {
  for (const sidecar of sidecars) {
    await until(
      `${sidecar.name} to have replayed its spool`,
      async () => (await sidecar.metrics())('cognigy_session_spool_rows') === 0 || undefined,
    );
  }
}
