// The whole service inside the test's process: real store, real sockets, ports of its own.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openConfiguredTracing } from '../../src/telemetry/open-configured-tracing.ts';

export const SECRET = 'a-secret-of-the-test-suite';
export const RPC_TOKEN = 'an-rpc-token-of-the-test-suite';

export type RunningApp = {
  /** `http://127.0.0.1:<port>` of each listener; `https` where it has a certificate. */
  webhook: string;
  rpc: string;
  admin: string;
  /** Lines of the log, parsed. */
  logged: Record<string, unknown>[];
  /** The value of one metric, by its line in the exposition up to the value. */
  metric(line: string): Promise<number>;
  stop(): Promise<void>;
};

/** Starts the service with these settings over those of a test: the embedded store, free ports,
 * one secret. */
export async function startTestApp(settings: Record<string, string> = {}): Promise<RunningApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'running-app-'));
  const loopback = '127.0.0.1:0';
  const listen = { WEBHOOK_LISTEN: loopback, RPC_LISTEN: loopback, ADMIN_LISTEN: loopback };
  const environment = { DATA_DIR: dataDir, COGNIGY_WEBHOOK_SECRET: SECRET, ...listen, ...settings };
  const sources = {
    readFile: (path: string) => readFileSync(path, 'utf8'),
    createSecret: () => SECRET,
  };
  const { config, problems } = readConfig(environment, sources);
  if (!config) throw new Error(problems.join('\n'));
  // As the first stage of the process does.
  if (config.spool) {
    mkdirSync(config.spool.directory, { recursive: true });
    prepareSpool(config.spool.directory, config.spool.maxBytes);
  }
  const logged: Record<string, unknown>[] = [];
  const tracing = await openConfiguredTracing(config.tracing, { version: 'test' });
  const log = createLog({
    level: 'debug',
    write: (line) => logged.push(JSON.parse(line)),
    traceFields: tracing?.current,
  });
  const metrics = createMetrics({ version: 'test', exemplar: tracing?.sampled });
  tracing?.reportTo({ log, metrics });
  const app = await startApp(config, { log, metrics, tracing });
  const admin = `http://${app.addresses.admin}`;
  return {
    webhook: `${config.tls.webhook ? 'https' : 'http'}://${app.addresses.webhook}`,
    rpc: `${config.tls.rpc ? 'https' : 'http'}://${app.addresses.rpc}`,
    admin,
    logged,
    async metric(line) {
      const exposition = await (await fetch(`${admin}/metrics`)).text();
      const found = exposition.split('\n').find((candidate) => candidate.startsWith(`${line} `));
      return Number(found?.slice(line.length));
    },
    async stop() {
      await app.shutdown();
      rmSync(dataDir, { recursive: true });
    },
  };
}

export type JsonAnswer = {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
  body: any;
};

/** Posts a body, as an object or as it is; answers status and JSON. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = { 'x-api-key': SECRET },
): Promise<JsonAnswer> {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return answerOf(await fetch(url, { method: 'POST', body: sent, headers } as RequestInit));
}

/** Gets a page as JSON. */
export async function get(
  url: string,
  headers: Record<string, string> = { 'x-api-key': SECRET },
): Promise<JsonAnswer> {
  return answerOf(await fetch(url, { headers }));
}

async function answerOf(response: Response): Promise<JsonAnswer> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}
