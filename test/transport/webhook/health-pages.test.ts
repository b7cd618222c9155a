import { expect, test } from 'vitest';
import { jsonAnswer } from '../../../src/transport/json-answer.ts';
import { HEALTH_PAGES, withHealthPages } from '../../../src/transport/webhook/health-pages.ts';
import { startServing } from '../server/listener.ts';

/** A listener whose other requests are all refused for their credential. */
async function startPages() {
  const closing = new AbortController();
  const handler = withHealthPages(
    ({ respond }) => respond(jsonAnswer({ error: 'no credential' }, { status: 401 })),
    closing.signal,
  );
  return { closing, ...(await startServing(handler, { protocols: 'http1' })) };
}

test.each(HEALTH_PAGES)('GET %s needs no credential, also with a query', async (path) => {
  const { baseUrl } = await startPages();
  for (const target of [path, `${path}?from=balancer`]) {
    const answer = await fetch(baseUrl + target);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'live' });
  }
  expect((await fetch(baseUrl + path, { method: 'HEAD' })).status).toBe(200);
});

test('every other request is left to the handler', async () => {
  const { baseUrl } = await startPages();
  expect((await fetch(`${baseUrl}/`, { method: 'POST' })).status).toBe(401);
  for (const path of ['/healthz/', '/readyz', '/webhook/cognigy/session', '//'])
    expect((await fetch(baseUrl + path)).status, path).toBe(401);
});

test('a load balancer sees that the process shuts down', async () => {
  const { baseUrl, closing } = await startPages();
  closing.abort();
  const answer = await fetch(`${baseUrl}/`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ status: 'shutting down' });
});
