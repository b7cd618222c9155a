// What nodes make of a service that refuses, is away, or is something else. Whatever it is, it is
// never "not found".

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { authorityOfTest } from '../support/certificates.ts';
import { freePorts } from '../support/free-ports.ts';
import { type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import type { Extension } from './built-extension.ts';
import { createFlow } from './flow.ts';
import { startServer } from './servers.ts';

const CONTENTS = 'contents-of-the-session';

type Connection = { baseUrl?: string; secret?: string };

/** Declares the tests of failures. */
export function describeFailing(extension: () => Extension): void {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startTestApp({ FLOWS_DIR: 'examples/flows', SESSION_MAX_BYTES: '16384' });
  });
  afterAll(() => app?.stop());

  const working = () => ({ baseUrl: app.webhook, secret: SECRET });
  const other = (answer: Parameters<typeof startServer>[0]) => async () => ({
    ...{ baseUrl: await startServer(answer), secret: SECRET },
  });
  const saying = (status: number, body: string, headers = {}) =>
    other((_, response) => response.writeHead(status, headers).end(body));

  const AWAY: Record<string, [() => Connection | undefined | Promise<Connection>, string, RegExp]> =
    {
      'no Connection': [() => undefined, 'not_set_up', /choose one/],
      'no base URL': [() => ({ secret: SECRET }), 'not_set_up', /no baseUrl/],
      'no secret': [() => ({ ...working(), secret: ' ' }), 'not_set_up', /no secret/],
      'no URL': [() => ({ ...working(), baseUrl: 'session.example' }), 'not_set_up', /is no URL/],
      'another scheme': [() => ({ ...working(), baseUrl: 'ftp://a' }), 'not_set_up', /https:/],
      'a user in the URL': [
        () => ({ ...working(), baseUrl: 'https://u:p@a.example' }),
        ...(['not_set_up', /user or a password/] as const),
      ],
      'a query': [() => ({ ...working(), baseUrl: 'https://a?b' }), 'not_set_up', /query/],
      'the URL of a method': [
        () => ({ ...working(), baseUrl: `${app.webhook}/webhook/cognigy/session` }),
        ...(['not_set_up', /names a method/] as const),
      ],
      'a secret that no header can have': [
        () => ({ ...working(), secret: 'secret\u200bof-two' }),
        ...(['not_set_up', /characters/] as const),
      ],
      'a wrong secret': [() => ({ ...working(), secret: 'other' }), 'wrong_credential', /Compare/],
      'a wrong path': [
        () => ({ ...working(), baseUrl: `${app.webhook}/other` }),
        ...(['not_found', /Check the baseUrl/] as const),
      ],
      'a service that is down': [
        async () => ({ ...working(), baseUrl: `http://127.0.0.1:${(await freePorts(1))[0]}` }),
        ...(['unreachable', /ECONNREFUSED/] as const),
      ],
      'a port that fetch refuses': [
        () => ({ ...working(), baseUrl: 'http://127.0.0.1:1' }),
        ...(['unreachable', /bad port/] as const),
      ],
      'a service without its store': [
        async () => {
          const [port] = await freePorts(1);
          const lonely = await startTestApp({
            ...{
              STORE_URL: `redis://127.0.0.1:${port}`,
              REQUEST_DEADLINE_MS: '300',
              STORE_COMMAND_TIMEOUT_MS: '300',
            },
          });
          onTestFinished(() => lonely.stop());
          return { baseUrl: lonely.webhook, secret: SECRET };
        },
        ...(['unavailable', /./] as const),
      ],
      'a certificate that is not accepted': [
        async () => {
          const { certPath, keyPath } = authorityOfTest().issue('service');
          const secure = await startTestApp({
            ...{ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath },
          });
          onTestFinished(() => secure.stop());
          return { baseUrl: secure.webhook, secret: SECRET };
        },
        ...(['tls', /certificate .* not accepted: UNABLE_TO_/] as const),
      ],
      'a service that does not answer': [other(() => undefined), 'timeout', /in time/],
      'a connection that is lost': [
        other((_, response) => response.destroy()),
        ...(['unreachable', /UND_ERR_SOCKET|ECONNRESET/] as const),
      ],
      'a page of something else': [saying(200, '<html>'), 'unexpected_answer', /another server/],
      'other JSON': [saying(200, '{"ok":true}'), 'unexpected_answer', /another server/],
      'a redirect': [saying(302, '', { location: '/login' }), 'redirected', /secret would go/],
      'a gateway without the service': [saying(502, 'bad gateway'), 'unavailable', /attempts/],
      'too many calls': [
        saying(429, '', { 'retry-after': '60' }),
        'rate_limited',
        /Too many calls/,
      ],
    };

  describe.each(Object.entries(AWAY))('%s', (_name, [connect, reason, message]) => {
    test('is unavailable for a restore, an error for a save and an end for an erase', async () => {
      const fields = { connection: await connect(), timeLimitSeconds: 1 };
      const error = { reason, message: expect.stringMatching(message) };
      const start = performance.now();
      const run = async (type: string) => {
        const flow = createFlow(extension(), { context: { secret: CONTENTS } });
        const end = await flow.run(type, fields).catch((thrown: Error) => thrown.message);
        return { ...flow, end };
      };
      const [restoring, saving, erasing] = await Promise.all([
        ...[run('restoreSession'), run('saveSession'), run('eraseSession')],
      ]);
      // What a busy machine adds to a second; Cognigy ends a node after 20.
      expect(performance.now() - start).toBeLessThan(15_000);
      expect(restoring?.end).toBe('sessionUnavailable');
      expect(restoring?.input.session).toMatchObject({ result: 'unavailable', error });
      expect(restoring?.input.session).not.toHaveProperty('found');
      expect(saving?.end).toBeUndefined();
      expect(saving?.input.savedSession).toMatchObject({ saved: false, error });
      expect(erasing?.end).toMatch(message);
      expect(erasing?.input.erasedSession).toMatchObject({ erased: false, error });
      const said = JSON.stringify(
        [restoring, saving, erasing].map((flow) => [flow?.logs, flow?.input]),
      );
      expect(said.match(/"level":"error"/g)).toHaveLength(3);
      for (const secret of [CONTENTS, SECRET, fields.connection?.secret?.trim()])
        if (secret) expect(said).not.toContain(secret);
    });
  });

  test('a save that may have been stored says that it is not known', async () => {
    const fields = { connection: await other(() => undefined)(), timeLimitSeconds: 1 };
    const flow = createFlow(extension(), {});
    await flow.run('saveSession', fields);
    expect(flow.input.savedSession).toMatchObject({ error: { outcomeUnknown: true } });
    expect(flow.logs[0]?.text).toMatch(/^Save session, saved or not: no answer timeout/);
    const refused = { connection: { ...working(), secret: 'other' } };
    await flow.run('saveSession', refused);
    expect(flow.input.savedSession).toMatchObject({ error: { outcomeUnknown: false } });
  });

  test('a save of what the definition of the flow does not allow', async () => {
    const flow = createFlow(extension(), {});
    const variables = { cartTotal: CONTENTS };
    await flow.run('saveSession', { connection: working(), store: 'variables', variables });
    expect(flow.input.savedSession).toMatchObject({
      saved: false,
      error: { status: 422, reason: 'schema_violation', details: expect.any(Array) },
    });
    expect(flow.logs[0]?.text).toMatch(/422 schema_violation: .*\/variables\/cartTotal/);
    expect(JSON.stringify(flow.logs)).not.toContain(CONTENTS);
  });

  test('a save that is too large, or has the id of another', async () => {
    const flow = createFlow(extension(), { context: { text: 'x'.repeat(20_000) } });
    await flow.run('saveSession', { connection: working() });
    expect(flow.input.savedSession).toMatchObject({ error: { status: 413, reason: 'too_large' } });
    const fields = { connection: working(), updateId: 'one-id', onFailure: 'stop' };
    flow.context = { a: 1 };
    await flow.run('saveSession', fields);
    flow.context = { a: 2 };
    await expect(flow.run('saveSession', fields)).rejects.toThrow(/409 id_reused: .*an id of its/);
    expect(flow.input.savedSession).toMatchObject({ saved: false, error: { retryable: false } });
  });

  test('a caller that has no right to it, or has called too often', async () => {
    const secrets = { saving: 'secret-that-saves', slow: 'secret-that-is-slow' };
    const limited = await startTestApp({
      COGNIGY_WEBHOOK_SECRET: JSON.stringify([
        { name: 'saving', secrets: [secrets.saving], scopes: ['save'] },
        { name: 'slow', secrets: [secrets.slow], scopes: ['restore'], callsPerSecond: 0.01 },
      ]),
    });
    onTestFinished(() => limited.stop());
    const flow = createFlow(extension(), {});
    const fields = (secret: string) => ({
      ...{ connection: { baseUrl: limited.webhook, secret }, timeLimitSeconds: 1 },
    });
    expect(await flow.run('restoreSession', fields(secrets.saving))).toBe('sessionUnavailable');
    expect(flow.input.session).toMatchObject({
      error: { status: 403, reason: 'forbidden', message: expect.stringMatching(/scopes/) },
    });
    expect(await flow.run('restoreSession', fields(secrets.slow))).toBe('sessionNotFound');
    expect(await flow.run('restoreSession', fields(secrets.slow))).toBe('sessionUnavailable');
    expect(flow.input.session).toMatchObject({
      error: { status: 503, reason: 'rate_limited', retryable: true },
    });
  });
}
