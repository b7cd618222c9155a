// The command that checks a gateway, at a real service: it must pass where all is well, and fail
// where anything is not.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createAuthority, type IssuedCertificate } from '../support/certificates.ts';
import { type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';

const run = promisify(execFile);

const COMMAND = join(import.meta.dirname, '../../src/commands/check-gateway.ts');

const authority = createAuthority();
afterAll(() => authority.remove());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Runs the command with a folder of these files: the secret, and certificates. Answers what it
 * wrote. */
async function check(
  url: string,
  files: Record<string, string>,
  args: string[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'check-gateway-'));
  ends.push(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const env = { COGNIGY_WEBHOOK_SECRET_FILE: join(folder, 'webhook-secret') };
  const parameters = [COMMAND, url, '--certificates', folder, ...args];
  return (await run(process.execPath, parameters, { env })).stdout;
}

async function startGateway(settings: Record<string, string> = {}): Promise<RunningApp> {
  const app = await startTestApp(settings);
  ends.push(() => app.stop());
  return app;
}

type Meddling = {
  /** What is presented to the gateway, whatever the caller presents. */
  secret?: string;
  answer?: (path: string, body: object) => object;
  tls?: IssuedCertificate;
};

/** Something in front of the gateway that changes what it says or hears. */
async function standInFront(app: RunningApp, { secret, answer, tls }: Meddling): Promise<string> {
  const pass: RequestListener = async (request, response) => {
    const path = request.url ?? '';
    const key = secret ?? request.headers['x-api-key'];
    const headers: Record<string, string> = typeof key === 'string' ? { 'x-api-key': key } : {};
    const passed = await fetch(app.webhook + path, {
      method: 'POST',
      headers,
      body: await text(request),
    });
    const body = (await passed.json()) as object;
    response.writeHead(passed.status).end(JSON.stringify(answer?.(path, body) ?? body));
  };
  const server = tls ? createTlsServer(tls, pass) : createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FILES = { 'webhook-secret': SECRET };

const PASSED =
  'ok: posts a session\nok: restores what it posted\nok: is refused without a secret\n' +
  'ok: is refused with another secret\nok: erases the session\n';

describe('it passes', () => {
  test('at a service that is well, and leaves no session there', async () => {
    const app = await startGateway();
    expect(await check(app.webhook, FILES)).toBe(PASSED);
    expect(await app.metric('cognigy_session_erased_total{found="true"}')).toBe(1);
  });

  test('while secrets are rotated', async () => {
    const app = await startGateway();
    const secrets = `${SECRET}, an-older-secret-of-the-callers\n`;
    expect(await check(app.webhook, { 'webhook-secret': secrets })).toBe(PASSED);
  });

  test('as a caller that may save and restore, under the ids that it may name', async () => {
    const [saver, eraser] = ['a-secret-of-shop-a', 'another-secret-of-shop-a'];
    const callers = [
      { name: 'inspector', secrets: ['a-secret-of-an-inspector'], scopes: ['inspect', 'erase'] },
      { name: 'flow', secrets: [saver], scopes: ['save', 'restore'], idPrefix: 'shop-a:' },
      { name: 'tidy', secrets: [eraser], scopes: ['erase'], idPrefix: 'shop-a:' },
    ];
    const checkedAs = async (list: object[]) => {
      const text = JSON.stringify(list);
      const app = await startGateway({ COGNIGY_WEBHOOK_SECRET: text });
      return check(app.webhook, { 'webhook-secret': text });
    };
    expect(await checkedAs(callers)).toBe(PASSED);
    expect(await checkedAs(callers.slice(0, 2))).toBe(
      PASSED.replace('erases the session', 'leaves the session for 60 s: none may erase'),
    );
    await expect(checkedAs(callers.slice(0, 1))).rejects.toThrow(
      'failed: no caller may both save and restore',
    );
  });

  test('whatever the flow definitions ask for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flows-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const strict = { type: 'object', required: ['never'] };
    writeFileSync(
      join(folder, 'default.json'),
      JSON.stringify({ variables: strict, context: strict }),
    );
    const app = await startGateway({ FLOWS_DIR: folder });
    expect(await check(app.webhook, FILES)).toBe(PASSED);
  });
});

describe('it fails', () => {
  test('where the secret is not the one of the service', async () => {
    const app = await startGateway();
    const attempt = check(app.webhook, { 'webhook-secret': 'another-secret-altogether' });
    await expect(attempt).rejects.toThrow(/failed: posts a session.*\n.*401/);
  });

  test('where what comes back is not what was posted', async () => {
    const answer = (path: string, body: object) =>
      path.endsWith('/restore')
        ? { ...body, history: [{ nodeId: 'posted', timestamp: '' }] }
        : body;
    const url = await standInFront(await startGateway(), { answer });
    await expect(check(url, FILES)).rejects.toThrow('failed: restores what it posted');
  });

  test.each([
    ['no URL', [], { COGNIGY_WEBHOOK_SECRET: SECRET }, 64, 'usage: npm run check-gateway'],
    ['another kind of URL', ['redis://a'], { COGNIGY_WEBHOOK_SECRET: SECRET }, 64, 'URL is that'],
    ['no secret', ['http://a'], {}, 78, 'set COGNIGY_WEBHOOK_SECRET or'],
    ['a secret too short', ['http://a'], { COGNIGY_WEBHOOK_SECRET: 'x' }, 78, 'secret 1 of 1'],
    ['no such file', ['http://a'], { COGNIGY_WEBHOOK_SECRET_FILE: '/nowhere' }, 78, 'ENOENT'],
  ])('with %s', async (_, args, env, code, words) => {
    const attempt = run(process.execPath, [COMMAND, ...args], { env });
    await expect(attempt).rejects.toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  test('where nobody asks for the secret', async () => {
    const url = await standInFront(await startGateway(), { secret: SECRET });
    await expect(check(url, FILES)).rejects.toThrow('failed: is refused without a secret');
  });

  test('where the session cannot be erased', async () => {
    const answer = (path: string, body: object) =>
      path.endsWith('/delete') ? { found: false } : body;
    const url = await standInFront(await startGateway(), { answer });
    await expect(check(url, FILES)).rejects.toThrow('failed: erases the session');
  });
});

describe('where the gateway speaks TLS', () => {
  const certificate = authority.issue('gateway', { names: ['sessions.example.com'] });

  test.each([
    {
      beside: 'the authority beside it',
      files: { 'tls.crt': certificate.cert, 'ca.crt': authority.ca },
    },
    { beside: 'nothing beside it', files: { 'tls.crt': certificate.cert } },
  ])('it believes the certificate of the Secret with $beside', async ({ files }) => {
    const url = await standInFront(await startGateway(), { tls: certificate });
    expect(await check(url, { ...FILES, ...files })).toBe(PASSED);
  });

  test('it asks for another name where it is told to', async () => {
    const url = await standInFront(await startGateway(), { tls: certificate });
    const files = { ...FILES, 'ca.crt': authority.ca };
    expect(await check(url, files, ['--server-name', 'sessions.example.com'])).toBe(PASSED);
    const attempt = check(url, files, ['--server-name', 'other.example.com']);
    await expect(attempt).rejects.toThrow("does not match certificate's altnames");
  });

  test('it believes no other certificate', async () => {
    const url = await standInFront(await startGateway(), { tls: certificate });
    const stranger = createAuthority();
    ends.push(() => stranger.remove());
    const files = { ...FILES, 'ca.crt': stranger.ca, 'tls.crt': stranger.issue('gateway').cert };
    await expect(check(url, files)).rejects.toThrow(/failed: posts a session.*\n.*certificate/);
  });
});
