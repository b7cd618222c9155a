// What a reader does with a session on the page: follows it, erases it, copies its call, and meets
// refusals.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc } from './sample-sessions.ts';

const run = promisify(execFile);

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ SESSION_PAGE: 'on' });
});
afterAll(() => app.stop());
useBrowser();

test('a session is followed live: what changes is highlighted, and what is open stays open', async () => {
  const sessionId = 'followed';
  await callRpc(app, 'Persist', { sessionId, variables: { step: 1, other: 'x'.repeat(500) } });
  const page = await openSessionPage(app);
  await findSession(page, sessionId);
  const main = page.getByRole('main');
  await main.getByRole('button', { name: /^Show other/ }).click();
  await main.getByRole('button', { name: 'Follow live' }).click();
  await page.getByText('Following the session.').waitFor();

  await callRpc(app, 'Persist', { sessionId, flowId: 'checkout', variables: { step: 2 } });
  await main.getByRole('listitem').getByText('Revision 2 by checkout: sets step').waitFor();
  const changed = main.locator('tr.changed th');
  await expect.poll(() => changed.allTextContents()).toEqual(['step', 'flowId']);
  await main.getByRole('row', { name: 'step 2' }).waitFor();
  expect(await main.getByRole('button', { name: /^Hide other/ }).isVisible()).toBe(true);

  const { token } = await callRpc(app, 'Lock', { sessionId, ttlMs: 60_000 });
  await main.getByText('locked', { exact: true }).waitFor();
  await callRpc(app, 'Unlock', { sessionId, token });
  await main.getByText('The lock was released.').waitFor();

  await callRpc(app, 'Erase', { sessionId });
  await main.getByText('The session was erased.').waitFor();
  await main.getByRole('alert').getByText('not_found').waitFor();
  await until('the watch to end', async () => (await watches()) === 0 || undefined);
});

const watches = () => app.metric('cognigy_session_watches');

test('a session is erased once its id is repeated', async () => {
  const sessionId = 'to be erased';
  await callRpc(app, 'Persist', { sessionId, userId: 'leaving', variables: { a: 1 } });
  const page = await openSessionPage(app);
  await page.getByText('User', { exact: true }).click();
  await findSession(page, 'leaving');
  await page.getByRole('button', { name: sessionId }).click();
  await page.getByRole('button', { name: 'Erase…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase this session?' });
  const confirm = dialog.getByRole('button', { name: 'Erase session' });
  await dialog.getByRole('textbox').fill('to be erase');
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').press('Enter');
  await callRpc(app, 'Inspect', { sessionId });
  await dialog.getByRole('textbox').press('d');
  await confirm.click();
  await page.getByRole('main').getByText('The session was erased: 1 frame.').waitFor();
  await expect(callRpc(app, 'Inspect', { sessionId })).rejects.toThrow('not_found');
  await page.getByRole('navigation').getByText('No live sessions.').waitFor();
});

test('what the service refuses is shown with its code and what to do', async () => {
  const page = await openSessionPage(app);
  await findSession(page, 'nobody');
  const alert = page.getByRole('alert');
  await expect.poll(() => alert.textContent()).toMatch(/no live session.*not_found.*expired/);
  await callRpc(app, 'Persist', { sessionId: 'nobody', variables: { a: 1 } });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('row', { name: 'a 1' }).waitFor();
  await findSession(page, 'x'.repeat(513));
  await expect.poll(() => alert.textContent()).toMatch(/at most 512 characters.*invalid/);
});

test('the copied line calls the service', async () => {
  const page = await openSessionPage(app);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const sessionId = "it's a $(session)";
  await callRpc(app, 'Persist', { sessionId, variables: { a: 1 } });
  await findSession(page, sessionId);
  await page.getByRole('button', { name: 'Copy buf curl' }).click();
  await page.getByText('The line is in the clipboard.').waitFor();
  const line = String(await page.evaluate('navigator.clipboard.readText()'));
  const { stdout } = await run('sh', ['-c', `PATH=node_modules/.bin:$PATH ${line}`]);
  expect(JSON.parse(stdout).session.state).toMatchObject({ sessionId, variables: { a: 1 } });
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('button', { name: 'Copy buf curl' }).click();
  await expect
    .poll(() => page.evaluate('navigator.clipboard.readText()'))
    .toMatch(/"newestFirst":true.*SessionService\/Timeline$/);
});

test('a list looks through a part of the store, and further on request', async () => {
  const ids = Array.from({ length: 1020 }, (_, place) => `listed-${place}`);
  for (let start = 0; start < ids.length; start += 60)
    await Promise.all(
      ids
        .slice(start, start + 60)
        .map((sessionId) => callRpc(app, 'Persist', { sessionId, variables: { a: 1 } })),
    );
  const page = await openSessionPage(app);
  const status = page.getByRole('status');
  await expect.poll(() => status.textContent()).toBe('1000 sessions of 1000 examined');
  await page.getByRole('button', { name: 'Look further' }).click();
  await expect
    .poll(() => status.textContent())
    .toMatch(/^10[2-9]\d sessions of 10[2-9]\d examined$/);
  expect(await page.getByRole('button', { name: 'Look further' }).count()).toBe(0);
  expect(await page.getByRole('navigation').getByRole('listitem').count()).toBe(100);
});
