import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../tracing.ts';

const SERVICE_NAME = 'cognigy-session-sidecar';
const PARENT_BASED = 'parentbased_';
/** Longer values of attributes are cut: none of the service's own is. */
const ATTRIBUTE_MAX_LENGTH = 256;

/** Makes the tracers of this process. */
export function createTracerProvider(
  config: TracingConfig,
  { version, processor }: { version: string; processor: SpanProcessor },
): TracerProvider {
  const { serviceName, resourceAttributes } = config;
  const resource = resourceFromAttributes({
    'service.name': SERVICE_NAME,
    'service.version': version,
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    ...resourceAttributes,
    ...(serviceName !== '' && { 'service.name': serviceName }),
  });
  return new TracerProvider({
    resource: defaultResource().merge(resource),
    sampler: samplerFrom(config),
    spanProcessors: [processor],
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_MAX_LENGTH },
  });
}

function samplerFrom({ sampler, samplerRatio }: TracingConfig): Sampler {
  const root = rootSampler(sampler.replace(PARENT_BASED, ''), samplerRatio);
  return sampler.startsWith(PARENT_BASED) ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}
