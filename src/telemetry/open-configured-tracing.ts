import type { Tracing, TracingConfig } from './tracing.ts';

/** Starts to send traces; undefined if they are off. OpenTelemetry is loaded only if they are on.
 * `version` is that of the service. */
export async function openConfiguredTracing(
  config: TracingConfig | undefined,
  service: { version: string },
): Promise<Tracing | undefined> {
  if (config === undefined) return undefined;
  const { openTracing } = await import('./opentelemetry/open-tracing.ts');
  return openTracing(config, service);
}
