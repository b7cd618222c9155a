// Traces of the process with its permissions, as it ends: of the sources, and of the bundle.

import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { madeBundle } from '../bundle/made-bundle.ts';
import { startCollector } from '../support/collector.ts';
import { post } from '../support/running-app.ts';
import { SOURCES_MAIN, startProcess } from './running-process.ts';

const SECRET = 'a-secret-of-the-tracing-tests';

const MAINS: [string, () => string | Promise<string>][] = [
  ['sources', () => SOURCES_MAIN],
  ['bundle', async () => join((await madeBundle()).folder, 'main.cjs')],
];

/** Starts the service, which sends traces there. */
async function start(endpoint: string, main: string) {
  const service = startProcess(
    {
      COGNIGY_WEBHOOK_SECRET: SECRET,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      SHUTDOWN_GRACE_MS: '3000',
    },
    { main },
  );
  const webhook = `http://${await service.address('webhook')}/webhook/cognigy/session`;
  const save = () => post(webhook, { sessionId: 's' }, { 'x-api-key': SECRET });
  return { service, save };
}

test.each(MAINS)('the %s send what is left when the process ends', async (_, mainOf) => {
  const collector = await startCollector();
  onTestFinished(() => collector.stop());
  const { service, save } = await start(collector.endpoint, await mainOf());
  expect((await save()).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.exited, service.stderr()).toBe(0);
  expect(collector.spans.map(({ name }) => name)).toContain('POST /webhook/cognigy/session');
});

test.each(MAINS)('the %s end in time while the collector does not answer', async (_, mainOf) => {
  const collector = await startCollector();
  onTestFinished(() => collector.stop());
  collector.freeze();
  const { service, save } = await start(collector.endpoint, await mainOf());
  expect((await save()).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.exited, service.stderr()).toBe(0);
  expect(service.log().at(-1)).toMatchObject({ message: 'shut down' });
});
