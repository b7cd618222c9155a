// What the session page's files are answered with. What the page does: test/page/.

import { request } from 'node:http';
import { expect, test } from 'vitest';
import { jsonAnswer } from '../../../src/transport/json-answer.ts';
import { withSessionPage } from '../../../src/transport/page/session-page.ts';
import { startServing } from '../server/listener.ts';

const startPage = (onLoopback = true) =>
  startServing(
    withSessionPage(({ respond }) => respond(jsonAnswer({}, { status: 418 })), { onLoopback }),
    { protocols: 'http1+http2' },
  );

test('the page loads nothing but its own files, which are checked again at each use', async () => {
  const { baseUrl } = await startPage();
  const answer = await fetch(`${baseUrl}/sessions`);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
      "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'; trusted-types 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
  const html = await answer.text();
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|https?:/);
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(files).toContain('/sessions/page.js');
  for (const path of files) {
    const file = await fetch(baseUrl + path);
    expect([file.status, file.headers.get('x-content-type-options')], path).toEqual([
      200,
      'nosniff',
    ]);
  }
  const etag = answer.headers.get('etag') ?? '';
  const again = await fetch(`${baseUrl}/sessions`, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  expect((await fetch(`${baseUrl}/sessions`, { method: 'HEAD' })).status).toBe(200);
});

test('modules are served as JavaScript that imports what is served', async () => {
  const { baseUrl } = await startPage();
  const seen = new Set(['page.js']);
  for (const name of seen) {
    const answer = await fetch(`${baseUrl}/sessions/${name}`);
    expect(answer.headers.get('content-type'), name).toBe('text/javascript; charset=utf-8');
    const text = await answer.text();
    expect(text, name).not.toMatch(/^(import|export) type|\binnerHTML\b|\.ts';/m);
    for (const [, imported = ''] of text.matchAll(/^(?:import|} from).*'\.\/([^']+)';$/gm))
      seen.add(imported);
  }
  expect(seen.size).toBeGreaterThan(20);
});

test('the root leads to the page, and every other request to the handler', async () => {
  const { baseUrl } = await startPage();
  for (const path of ['/', '/sessions/']) {
    const answer = await fetch(baseUrl + path, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/sessions']);
  }
  expect((await fetch(`${baseUrl}/sessions`, { method: 'POST' })).status).toBe(418);
  for (const path of ['/sessions/page.ts', '/sessions/../app.ts', '/sessions/tsconfig.json', '/x'])
    expect((await fetch(baseUrl + path)).status, path).toBe(418);
});

/** The status for a request that names a host; fetch() does not send another than its own. */
function statusFor(baseUrl: string, host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(`${baseUrl}/sessions`, { headers: { host } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  })
    .on('error', reject)
    .end();
  return promise;
}

test('on loopback the page answers to local names alone', async () => {
  const { baseUrl } = await startPage();
  expect(await statusFor(baseUrl, 'localhost:1234')).toBe(200);
  expect(await statusFor(baseUrl, 'rebound.example.com')).toBe(403);
  const elsewhere = await startPage(false);
  expect(await statusFor(elsewhere.baseUrl, 'session.bots.svc:28051')).toBe(200);
});
