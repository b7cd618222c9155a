// TLS as callers see it: curl on the webhook, grpc-js and buf curl on RPCs, each as they come.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.ts';
import { authorityOfFile, type IssuedCertificate } from '../support/certificates.ts';
import { RPC_TOKEN, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { call, connectTo, errorOf } from '../transport/rpc/grpc-js-client.ts';

const run = promisify(execFile);
const { persist, restore } = SessionService.method;

const authority = authorityOfFile();
const issued = authority.issue('service');
const client = authority.issue('client');
const stranger = authorityOfFile().issue('client');

function certificateSettings(): Record<string, string> {
  const { certPath, keyPath } = issued;
  const [webhook, rpc] = ['WEBHOOK', 'RPC'].map((listener) => ({
    [`${listener}_TLS_CERT`]: certPath,
    [`${listener}_TLS_KEY`]: keyPath,
  }));
  return { ...webhook, ...rpc };
}

/** Credentials that trust the authority, with a certificate or without. */
function channelOf(shown?: IssuedCertificate) {
  const pem = [shown?.key, shown?.cert].map((text) =>
    text === undefined ? null : Buffer.from(text),
  );
  return credentials.createSsl(Buffer.from(authority.ca), pem[0], pem[1]);
}

/** By a name: grpc-js takes no address for the name of a TLS server. */
function addressOf(url: string): string {
  return `localhost:${new URL(url).port}`;
}

describe('with certificates for webhook and RPCs', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startTestApp({ ...certificateSettings(), RPC_TOKEN });
  });
  afterAll(() => app.stop());

  test.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])('curl %s posts to the webhook', async (version, spoken) => {
    const { stdout } = await run('curl', [
      ...['--silent', '--show-error', version, '--cacert', authority.caPath],
      ...[
        '--header',
        `X-API-Key: ${SECRET}`,
        '--data',
        '{"sessionId":"session-1","variables":{"a":1}}',
      ],
      ...['--write-out', '\n%{http_version}', `${app.webhook}/webhook/cognigy/session`],
    ]);
    const [body = '', httpVersion] = stdout.split('\n');
    expect(JSON.parse(body)).toMatchObject({ status: 'accepted', sessionId: 'session-1' });
    expect(httpVersion).toBe(spoken);
  });

  test('curl by http is told to call by https, and is counted', async () => {
    const { stdout } = await run('curl', ['--silent', app.webhook.replace('https', 'http')]);
    expect(JSON.parse(stdout).error).toBe('This port uses TLS alone. Call it by https.');
    const failures = 'cognigy_session_tls_handshake_failures_total';
    expect(await app.metric(`${failures}{listener="webhook"}`)).toBe(1);
    expect(await app.metric(`${failures}{listener="rpc"}`)).toBe(0);
    expect(app.logged).toContainEqual(
      expect.objectContaining({
        level: 'info',
        message: 'a TLS handshake failed',
        listener: 'webhook',
        reason: 'plain text',
      }),
    );
  });

  test('grpc-js persists and restores', async () => {
    const rpc = connectTo(addressOf(app.rpc), channelOf());
    const token = RPC_TOKEN;
    await call(rpc, {
      method: persist,
      request: { sessionId: 'grpc', variables: { a: 1 } },
      token,
    });
    const { session } = await call(rpc, { method: restore, request: { sessionId: 'grpc' }, token });
    expect(session?.variables).toEqual({ a: 1 });
  });

  test('grpc-js without TLS, or without the authority, gets no answer', async () => {
    for (const channel of [credentials.createInsecure(), credentials.createSsl()]) {
      const rpc = connectTo(addressOf(app.rpc), channel);
      const refused = call(rpc, {
        method: restore,
        request: { sessionId: 'grpc' },
        token: RPC_TOKEN,
      });
      expect((await errorOf(refused)).code).toBe(status.UNAVAILABLE);
    }
  });

  test.each(['grpc', 'grpcweb', 'connect'])('buf curl persists over %s', async (protocol) => {
    const { stdout } = await run('node_modules/.bin/buf', [
      ...['curl', '--protocol', protocol, '--cacert', authority.caPath],
      ...['--header', `authorization: Bearer ${RPC_TOKEN}`],
      ...['--data', '{"sessionId":"buf"}', `${app.rpc}/cognigy.session.v1.SessionService/Persist`],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ sessionId: 'buf' });
  });

  test('says from when until when its certificates are', async () => {
    const { stdout } = await run('openssl', ['x509', '-in', issued.certPath, '-noout', '-dates']);
    const [begin, end] = ['notBefore', 'notAfter'].map(
      (name) => Date.parse(new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '') / 1000,
    );
    const expiry = 'cognigy_session_certificate_expiry_timestamp_seconds';
    expect(await app.metric(`${expiry}{use="webhook"}`)).toBe(end);
    const notBefore = 'cognigy_session_certificate_not_before_timestamp_seconds';
    expect(await app.metric(`${notBefore}{use="webhook"}`)).toBe(begin);
    expect(await app.metric(`${expiry}{use="rpc"}`)).toBe(end);
    expect(await app.metric(`${expiry}{use="store"}`)).toBeNaN();
    expect(await app.metric('cognigy_session_followed_files{state="loaded"}')).toBe(4);
    expect(await app.metric('cognigy_session_followed_files{state="failed"}')).toBe(0);
  });
});

describe('where callers of RPCs must show a certificate', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startTestApp({ ...certificateSettings(), RPC_TLS_CLIENT_CA: authority.caPath });
  });
  afterAll(() => app.stop());

  test('grpc-js is answered with one of the authority alone, health included', async () => {
    const known = connectTo(addressOf(app.rpc), channelOf(client));
    await call(known, { method: persist, request: { sessionId: 'mutual' } });
    await call(known, { method: Health.method.check, request: {} });
    for (const shown of [undefined, stranger]) {
      const unknown = connectTo(addressOf(app.rpc), channelOf(shown));
      for (const method of [restore, Health.method.check]) {
        expect((await errorOf(call(unknown, { method, request: {} }))).code).toBe(
          status.UNAVAILABLE,
        );
      }
    }
  });

  test('buf curl is answered with one alone', async () => {
    const url = `${app.rpc}/cognigy.session.v1.SessionService/Persist`;
    const schema = ['--schema', 'proto'];
    const request = [
      'curl',
      ...schema,
      '--cacert',
      authority.caPath,
      '--data',
      '{"sessionId":"buf"}',
      url,
    ];
    const shown = ['--cert', client.certPath, '--key', client.keyPath];
    const { stdout } = await run('node_modules/.bin/buf', [...request, ...shown]);
    expect(JSON.parse(stdout)).toMatchObject({ sessionId: 'buf' });
    // What it sent meanwhile may have the system end the connection before it reads why.
    const refused = () =>
      app.metric('cognigy_session_tls_handshake_failures_total{listener="rpc"}');
    const before = await refused();
    await expect(run('node_modules/.bin/buf', request)).rejects.toThrow(/unavailable|canceled/);
    expect(await refused()).toBeGreaterThan(before);
  });

  test('the webhook asks nobody for a certificate', async () => {
    const url = `${app.webhook}/webhook/cognigy/restore`;
    const { stdout } = await run('curl', ['--silent', '--cacert', authority.caPath, url]);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'unauthenticated' });
  });
});

test('of the authority, only certificates with an accepted name are served', async () => {
  const app = await startTestApp({
    ...certificateSettings(),
    ...{ RPC_TLS_CLIENT_CA: authority.caPath },
    RPC_TLS_CLIENT_NAMES: 'URI:spiffe://prod/billing, DNS:support.prod.svc',
  });
  onTestFinished(() => app.stop());
  const callAs = (shown: IssuedCertificate) =>
    call(connectTo(addressOf(app.rpc), channelOf(shown)), {
      method: persist,
      request: { sessionId: 'named' },
    });
  await callAs(authority.issue('support', { names: ['support.prod.svc'] }));
  expect((await errorOf(callAs(client))).code).toBe(status.UNAVAILABLE);
  const quoted = authority.issue('quoted', { names: ['x.support.prod.svc'] });
  expect((await errorOf(callAs(quoted))).code).toBe(status.UNAVAILABLE);
  expect(app.logged).toContainEqual(
    expect.objectContaining({
      message: 'a TLS handshake failed',
      reason: 'the certificate has no accepted name',
    }),
  );
});

test('a certificate that has expired is told of, and does not stop the start', async () => {
  const { certPath, keyPath } = authority.issue('service', { days: -1 });
  const app = await startTestApp({ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath });
  await app.stop();
  expect(app.logged).toContainEqual(
    expect.objectContaining({
      level: 'error',
      message: 'a certificate has expired; peers will refuse it',
      use: 'webhook',
    }),
  );
});
