import { describe, expect, test } from 'vitest';
import { configOf, read } from './reading.ts';

const ON = { OTEL_TRACES_EXPORTER: 'otlp' };

test('traces are off unless they are asked for', () => {
  expect(configOf({}).tracing).toBeUndefined();
  expect(configOf({ OTEL_TRACES_EXPORTER: 'none' }).tracing).toBeUndefined();
  expect(read({}).warnings).toEqual([]);
});

test('a collector that is named without that is warned of', () => {
  const named = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  const { warnings, config } = read(named);
  expect(config?.tracing).toBeUndefined();
  expect(warnings).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT is set, and no/)]);
  expect(read({ ...named, OTEL_TRACES_EXPORTER: 'none' }).warnings).toEqual([]);
  expect(read({ ...named, ...ON }).warnings).toEqual([]);
  const ofTraces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' };
  expect(read({ ...ON, ...ofTraces }).warnings).toEqual([
    expect.stringMatching(/^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a setting: set OTEL_EXP/),
  ]);
});

test('the defaults are those of OpenTelemetry', () => {
  expect(configOf(ON).tracing).toEqual({
    url: 'http://localhost:4318/v1/traces',
    headers: expect.any(Function),
    serviceName: '',
    resourceAttributes: {},
    sampler: 'parentbased_always_on',
    samplerRatio: 1,
  });
  expect(configOf(ON).tracing?.headers()).toEqual({});
});

test('each setting is read', () => {
  const { tracing, followedFiles } = configOf(
    {
      ...ON,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp/',
      OTEL_EXPORTER_OTLP_HEADERS_FILE: '/secrets/headers',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_SERVICE_NAME: 'sessions',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test, team = a%2Cb ,',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '.25',
    },
    { '/secrets/headers': 'authorization=Bearer%20secret,x-scope=a=b\n' },
  );
  expect(tracing).toMatchObject({
    url: 'https://collector.example/otlp/v1/traces',
    serviceName: 'sessions',
    resourceAttributes: { 'deployment.environment.name': 'test', team: 'a,b' },
    sampler: 'parentbased_traceidratio',
    samplerRatio: 0.25,
  });
  expect(tracing?.headers()).toEqual({ authorization: 'Bearer secret', 'x-scope': 'a=b' });
  expect(followedFiles.flatMap(({ files }) => files.map(({ path }) => path))).toEqual([
    '/secrets/headers',
  ]);
});

describe('a value that cannot be used is refused, without showing a credential', () => {
  test.each([
    ['OTEL_TRACES_EXPORTER', 'jaeger', /must be none or otlp; not "jaeger"/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', /must be an http or https URL/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://me:hunter2@collector', /must be an http or https URL/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector?key=hunter2', /must be an http or https/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2', /must be name=value,name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=hunter2', /must be name=value,name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=hunter2%0d%0a', /must be name=value,name=value/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=hunter2%', /must be name=value,name=value/],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /must be http\/protobuf: OTLP over gRPC/],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x', /must be name=value,name=value/],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', /must be parentbased_always_on/],
    ['OTEL_TRACES_SAMPLER_ARG', '1.1', /must be a number from 0 to 1/],
    ['OTEL_TRACES_SAMPLER_ARG', '', undefined],
    ['OTEL_TRACES_SAMPLER_ARG', '1e-3', /must be a number from 0 to 1/],
  ])('%s=%s', (name, value, problem) => {
    const { problems } = read({ ...ON, [name]: value });
    if (problem === undefined) return expect(problems).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems?.join()).not.toContain('hunter2');
  });
});
