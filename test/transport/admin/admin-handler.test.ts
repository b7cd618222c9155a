import { describe, expect, test } from 'vitest';
import {
  createAdminHandler,
  type ReadinessCheck,
} from '../../../src/transport/admin/admin-handler.ts';
import { sendBytes, startServing } from '../server/listener.ts';

async function startAdmin(checks: ReadinessCheck[] = [], { onLoopback = true } = {}) {
  const metrics = {
    exposition: async () => 'cognigy_session_store_up 1\n',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  };
  const handler = createAdminHandler({ metrics, onLoopback, readinessChecks: () => checks });
  return { checks, metrics, ...(await startServing(handler, { protocols: 'http1' })) };
}

test('/healthz is live whatever the store does', async () => {
  const { baseUrl } = await startAdmin([{ name: 'store', ok: false, reason: 'down' }]);
  const answer = await fetch(`${baseUrl}/healthz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: 'live' });
});

test('/readyz is 200 while all checks are ok, 503 with the reasons otherwise', async () => {
  const { baseUrl, checks } = await startAdmin([{ name: 'store', ok: true }]);
  const ready = await fetch(`${baseUrl}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', checks: [{ name: 'store', ok: true }] });

  checks.push({ name: 'flows', ok: false, reason: 'ECONNREFUSED 127.0.0.1:6379' });
  const notReady = await fetch(`${baseUrl}/readyz?verbose`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({ status: 'not ready', checks });
});

test('/readyz shows warnings, which do not stand against being ready', async () => {
  const store = { name: 'store', ok: true, warnings: ['127.0.0.1:6379: appendonly is no'] };
  const { baseUrl } = await startAdmin([store]);
  const ready = await fetch(`${baseUrl}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', checks: [store] });
});

test('/metrics is the exposition, and a failure of it is a 500', async () => {
  const { baseUrl, metrics, failed } = await startAdmin();
  const answer = await fetch(`${baseUrl}/metrics`);
  expect(answer.headers.get('content-type')).toBe(metrics.contentType);
  expect(await answer.text()).toBe('cognigy_session_store_up 1\n');
  metrics.exposition = () => Promise.reject(new Error('broken'));
  expect((await fetch(`${baseUrl}/metrics`)).status).toBe(500);
  expect(failed).toMatchObject([{ route: '/metrics', error: { message: 'broken' } }]);
});

test('HEAD answers like GET, without a body', async () => {
  const { baseUrl } = await startAdmin();
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    const answer = await fetch(baseUrl + path, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  }
});

test('other methods are 405 with Allow, other paths 404, both as JSON', async () => {
  const { baseUrl, finished } = await startAdmin();
  const posted = await fetch(`${baseUrl}/readyz`, { method: 'POST' });
  expect(posted.status).toBe(405);
  expect(posted.headers.get('allow')).toBe('GET, HEAD');
  expect(await posted.json()).toMatchObject({ code: 'unimplemented', details: [] });
  for (const path of ['/', '/readyz/', '/constructor', '/__proto__']) {
    const missing = await fetch(baseUrl + path);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: 'not_found', details: [] });
  }
  expect(new Set(finished.map(({ route }) => route))).toEqual(new Set(['/readyz', 'unmatched']));
});

describe('the host of a request', () => {
  const askAs = async (host: string, onLoopback: boolean) => {
    const { address } = await startAdmin([], { onLoopback });
    const { closed } = sendBytes(
      address,
      `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    return closed;
  };

  test.each([
    'localhost',
    'LocalHost:28464',
    '127.0.0.1:28464',
    '[::1]',
    'a.LOCALHOST',
    'localhost.',
  ])('%s is served on loopback', async (host) => {
    expect(await askAs(host, true)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(['evil.example', 'evillocalhost', 'localhost.evil.example', '10.0.0.1:28464', ''])(
    '"%s" is refused on loopback, where a web page may have made it resolve to here, and served elsewhere',
    async (host) => {
      expect(await askAs(host, true)).toMatch(/^HTTP\/1\.1 403 .*"reason":"forbidden"/s);
      expect(await askAs(host, false)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test('may be missing, which no browser does', async () => {
    const { address } = await startAdmin();
    expect(await sendBytes(address, 'GET /healthz HTTP/1.0\r\n\r\n').closed).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });
});
