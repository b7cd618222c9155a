// The session page as the image has it: of one bundle, in a process with few permissions, and off
// unless it is asked for.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { madeBundle } from '../bundle/made-bundle.ts';
import { startProcess } from '../main/running-process.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc } from './sample-sessions.ts';

/** What a browser loads at most, in bytes, without compression. */
const PAGE_MAX_BYTES = 50_000;

useBrowser();

async function startBundle(environment: Record<string, string>) {
  const { folder } = await madeBundle();
  const settings = { COGNIGY_WEBHOOK_SECRET: 'a-secret-of-the-page-tests', ...environment };
  const running = startProcess(settings, { main: join(folder, 'main.cjs') });
  return { rpc: `http://${await running.address('rpc')}`, up: await running.up() };
}

test('the page of the bundle shows a session, and is small', async () => {
  const { rpc, up } = await startBundle({ SESSION_PAGE: 'on' });
  expect(up.page).toBe(`${rpc}/sessions`);
  await callRpc({ rpc }, 'Persist', { sessionId: 'bundled', variables: { step: 1 } });
  const page = await openSessionPage({ rpc });
  await findSession(page, 'bundled');
  await page.getByRole('row', { name: 'step 1' }).waitFor();

  const loaded = (await page.evaluate(
    "performance.getEntriesByType('resource').map(({ name }) => name)",
  )) as string[];
  const ofPage = loaded.filter((url) => url.startsWith(`${rpc}/sessions/`));
  const files = [`${rpc}/sessions`, ...new Set(ofPage)];
  const sizes = await Promise.all(
    files.map(async (url) => (await (await fetch(url)).arrayBuffer()).byteLength),
  );
  expect(files).toHaveLength(4);
  expect(sizes.reduce((one, other) => one + other, 0)).toBeLessThan(PAGE_MAX_BYTES);
});

test('the page is off unless it is asked for', async () => {
  const { rpc, up } = await startBundle({});
  expect(up).not.toHaveProperty('page');
  for (const path of ['/', '/sessions', '/sessions/page.js'])
    expect((await fetch(rpc + path)).status, path).toBe(404);
});
