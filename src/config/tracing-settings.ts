// The settings of traces: the standard names of OpenTelemetry, with their standard values as far as
// the service supports them.

import { nameValueListFrom } from './name-value-list.ts';
import { anyText, choice, hidden, type Setting, secret, text } from './setting.ts';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Characters that an HTTP header carries unchanged. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** Path of traces at a receiver of OTLP over HTTP. */
const TRACES_PATH = 'v1/traces';
/** The only protocol that is sent. */
export const OTLP_PROTOCOL = 'http/protobuf';

export const SAMPLERS = [
  ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
  ...(['always_on', 'always_off', 'traceidratio'] as const),
] as const;

export const TRACING_SETTINGS = {
  OTEL_TRACES_EXPORTER: choice(
    { default: 'none', words: ['none', 'otlp'] },
    'Whether traces of requests are sent to an OpenTelemetry collector.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: hidden(
    text(
      {
        default: 'http://localhost:4318',
        range: `an http or https URL without a credential, to which /${TRACES_PATH} is appended`,
        parse: tracesUrlFrom,
      },
      'The collector that receives the traces, by OTLP over HTTP.',
    ),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secret(
    text(
      {
        default: '',
        range: 'name=value,name=value, with values percent-encoded',
        parse: headersFrom,
      },
      'Headers to send to the collector, such as a credential.',
    ),
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: text(
    {
      default: OTLP_PROTOCOL,
      range: `${OTLP_PROTOCOL}: OTLP over gRPC, usually on port 4317, is not supported`,
      parse: (text) => (text === OTLP_PROTOCOL ? OTLP_PROTOCOL : undefined),
    },
    'The protocol in which traces are sent.',
  ),
  OTEL_SERVICE_NAME: anyText(
    'a name',
    'Name of the service in traces. ' +
      'Without it service.name of OTEL_RESOURCE_ATTRIBUTES, or cognigy-session-sidecar.',
  ),
  OTEL_RESOURCE_ATTRIBUTES: text(
    {
      default: '',
      range: 'name=value,name=value, with values percent-encoded',
      parse: nameValueListFrom,
    },
    'Further attributes of the service in traces, such as deployment.environment.name.',
  ),
  OTEL_TRACES_SAMPLER: choice(
    { default: 'parentbased_always_on', words: SAMPLERS },
    'Which requests are traced. A parentbased sampler does what the caller decided, ' +
      'if it sent a trace context.',
  ),
  OTEL_TRACES_SAMPLER_ARG: text(
    {
      default: '1',
      range: 'a number from 0 to 1',
      parse(text) {
        const ratio = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
        return ratio >= 0 && ratio <= 1 ? ratio : undefined;
      },
    },
    'The share of requests that a traceidratio sampler traces.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

function tracesUrlFrom(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  // A credential belongs into a header; and what follows a path would be lost.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, '')}/${TRACES_PATH}`;
}

function headersFrom(text: string): Readonly<Record<string, string>> | undefined {
  const headers = nameValueListFrom(text);
  if (headers === undefined) return undefined;
  const areValid = Object.entries(headers).every(
    ([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value),
  );
  return areValid ? headers : undefined;
}
