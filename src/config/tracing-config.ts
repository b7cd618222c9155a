import type { TracingConfig } from '../telemetry/tracing.ts';
import type { Environment } from './raw-settings.ts';
import type { SettingValues } from './settings.ts';

/** The configuration of traces; undefined if they are off. */
export function tracingConfigFrom(
  values: SettingValues,
  headers: TracingConfig['headers'] = () => ({}),
): TracingConfig | undefined {
  if (values.OTEL_TRACES_EXPORTER === 'none') return undefined;
  return {
    url: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers,
    serviceName: values.OTEL_SERVICE_NAME ?? '',
    resourceAttributes: values.OTEL_RESOURCE_ATTRIBUTES ?? {},
    sampler: values.OTEL_TRACES_SAMPLER,
    samplerRatio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}

/** A warning if a collector is named and nothing is sent to it. An OpenTelemetry SDK would send
 * traces there by default. */
export function tracingWarnings(environment: Environment): string[] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: exporter } = environment;
  if (!endpoint || exporter) return [];
  return [
    'OTEL_EXPORTER_OTLP_ENDPOINT is set, and no traces are sent: ' +
      'set OTEL_TRACES_EXPORTER to otlp to send them, or to none',
  ];
}
