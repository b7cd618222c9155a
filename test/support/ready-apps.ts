// Sidecars that are ready: their store takes writes.

import { get, type RunningApp, startTestApp } from './running-app.ts';
import { until } from './until.ts';

/** Starts so many with the same settings. */
export async function startReadyApps(
  count: number,
  settings: Record<string, string>,
): Promise<RunningApp[]> {
  const apps = await Promise.all(Array.from({ length: count }, () => startTestApp(settings)));
  try {
    for (const app of apps)
      await until(
        'readiness',
        async () => (await get(`${app.admin}/readyz`)).status === 200 || undefined,
      );
    return apps;
  } catch (error) {
    await stopApps(apps);
    throw error;
  }
}

/** Starts one. */
export async function startReadyApp(settings: Record<string, string>): Promise<RunningApp> {
  const [app] = await startReadyApps(1, settings);
  return app as RunningApp;
}

/** Stops those that were started. */
export async function stopApps(apps: readonly RunningApp[] | undefined): Promise<void> {
  await Promise.all((apps ?? []).map((app) => app.stop()));
}
