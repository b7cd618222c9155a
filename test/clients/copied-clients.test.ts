// Each client of examples/clients, copied out of the repository and built by the commands of the
// page, against the whole service.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ServiceConfig } from '../../proto/service-config/service-config.ts';
import { createAuthority, type TestAuthority } from '../support/certificates.ts';
import { startInterruptingProxy } from '../support/interrupting-proxy.ts';
import { get, RPC_TOKEN, type RunningApp, startTestApp } from '../support/running-app.ts';
import {
  BUILD_MAX_MS,
  type ClientCommands,
  type CopiedClient,
  clientCommands,
  createWorkplace,
  shownOutput,
} from './copied-client.ts';

const CONFIG = 'proto/cognigy/session/v1/session_service_grpc_service_config.json';
const UNAVAILABLE = 14;

const { methodConfig }: ServiceConfig = JSON.parse(readFileSync(CONFIG, 'utf8'));
const repeated = methodConfig.find(({ retryPolicy }) => retryPolicy)?.name ?? [];
const isInterrupted = (method: string) =>
  method === 'Watch' || repeated.some((name) => name.method === method);

const languages = clientCommands();
const workplace = createWorkplace();
const built = new Map<ClientCommands, CopiedClient>();
let authority: TestAuthority;
let plain: RunningApp;
let secure: RunningApp;

beforeAll(async () => {
  authority = createAuthority();
  const { certPath, keyPath } = authority.issue('service');
  plain = await startTestApp({ RPC_TOKEN });
  // On a busy machine a client may hold the lock for long.
  const tls = { RPC_TLS_CERT: certPath, RPC_TLS_KEY: keyPath, LOCK_WAIT_MS: '1500' };
  secure = await startTestApp({ RPC_TOKEN, ...tls });
  const builds = languages.map(async (commands) => {
    built.set(commands, await workplace.build(commands));
  });
  await Promise.all(builds);
}, BUILD_MAX_MS);
afterAll(async () => {
  workplace.remove();
  await Promise.all([plain?.stop(), secure?.stop()]);
  authority?.remove();
});

function clientOf(commands: ClientCommands): CopiedClient {
  const client = built.get(commands);
  if (!client) throw new Error(`${commands.language} is not built`);
  return client;
}

function textOf(path: string): string {
  return readFileSync(`examples/clients/${path}`, 'utf8');
}

async function stateOf(app: RunningApp, sessionId: string) {
  return (await get(`${app.webhook}/api/v1/state/${sessionId}/restore`)).body;
}

test('the page has each client', () => {
  const folders = readdirSync('examples/clients');
  expect(languages.map(({ folder }) => folder).sort()).toEqual(folders.sort());
});

test('the page names the oldest version that each project runs on', async () => {
  const python = languages.find(({ folder }) => folder === 'python');
  if (!python) throw new Error('the page has no Python');
  const library = `import importlib.metadata as m; print(m.metadata("grpcio")["Requires-Python"])`;
  const requirement = await clientOf(python).run({}, `.venv/bin/python -c '${library}'`);
  const oldest = {
    Go: /^go (\d+\.\d+)/m.exec(textOf('go/go.mod')),
    Python: /^>=(\d+\.\d+)$/m.exec(requirement),
    Java: /<maven\.compiler\.release>(\d+)</.exec(textOf('java/pom.xml')),
    TypeScript: /"node": ">=(\d+)"/.exec(textOf('typescript/package.json')),
  };
  const page = readFileSync('docs/services/clients.md', 'utf8');
  for (const [language, found] of Object.entries(oldest)) {
    const program = language === 'TypeScript' ? 'Node' : language;
    expect(page).toMatch(new RegExp(`^## ${language}\n\n${program} ${found?.[1]}\\b`, 'm'));
  }
  expect(Object.keys(oldest).sort()).toEqual(languages.map(({ language }) => language).sort());
});

describe.each(languages)('$language', (commands) => {
  test('prints what the page shows though the first answer of each method is lost', async () => {
    const proxy = await startInterruptingProxy(plain.rpc, isInterrupted, UNAVAILABLE);
    onTestFinished(() => proxy.stop());
    const printed = await clientOf(commands).run({ RPC: `http://${proxy.address}`, RPC_TOKEN });
    expect(printed).toBe(shownOutput());
    // Each update is stored once.
    const state = await stateOf(plain, `session-${commands.folder}`);
    expect(state).toMatchObject({ revision: 3, variables: { orderId: 'ORD-99281', visits: 2 } });
    const interrupted = proxy.calls.filter((call) => call.isInterrupted);
    expect(interrupted.map(({ method }) => method).sort()).toEqual(
      ['Persist', 'Restore', 'Unlock', 'Watch'].sort(),
    );
    const unary = proxy.calls.filter(({ method }) => method !== 'Watch');
    for (const { timeout } of unary) expect(timeout).toMatch(/^\d+[umS]$/);
  });
});

test('all at once over TLS count exactly', async () => {
  const sessionId = 'session-of-all';
  const environment = { RPC: secure.rpc, RPC_TOKEN, RPC_TLS_CA: authority.caPath };
  const runs = languages.map((commands) => {
    const command = commands.run.replace(`session-${commands.folder}`, sessionId);
    return clientOf(commands).run(environment, command);
  });
  const printed = await Promise.all(runs);
  for (const output of printed) expect(output).toMatch(/^watched: revision \d+ sets visits$/m);
  const state = await stateOf(secure, sessionId);
  expect(state.variables.visits).toBe(2 * languages.length);
});

test.each(languages)('$language ends with an error where its token is wrong', async (commands) => {
  const environment = { RPC: plain.rpc, RPC_TOKEN: 'another-token-of-a-test' };
  await expect(clientOf(commands).run(environment)).rejects.toThrow(/unauthenticated/i);
});
