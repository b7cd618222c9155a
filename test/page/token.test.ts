// The session page of a service that asks for a token.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RPC_TOKEN, type RunningApp, startTestApp } from '../support/running-app.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc } from './sample-sessions.ts';

const READER = 'a-token-that-only-inspects';
const callers = [
  {
    name: 'operator',
    secrets: [RPC_TOKEN],
    scopes: ['save', 'restore', 'inspect', 'erase', 'lock'],
  },
  { name: 'reader', secrets: [READER], scopes: ['inspect'] },
];

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ SESSION_PAGE: 'on', RPC_TOKEN: JSON.stringify(callers) });
  const headers = { authorization: `Bearer ${RPC_TOKEN}` };
  await callRpc(app, 'Persist', { sessionId: 'guarded', variables: { step: 1 } }, headers);
});
afterAll(() => app.stop());
useBrowser();

/** Answers the dialog that every page of this service begins with. */
async function enterToken(page: Page, token: string): Promise<void> {
  await page.getByRole('dialog', { name: 'Token' }).getByLabel('Token for RPCs').fill(token);
  await page.getByRole('button', { name: 'Use token' }).click();
}

test('the token is asked for when it is needed, until it is right, and kept nowhere', async () => {
  const page = await openSessionPage(app);
  const dialog = page.getByRole('dialog', { name: 'Token' });
  await dialog.getByText('no RPC credential').waitFor();
  expect(await dialog.getByLabel('Token for RPCs').getAttribute('type')).toBe('password');
  await enterToken(page, 'a-token-that-is-wrong');
  await dialog.getByText('Invalid RPC token').waitFor();
  await enterToken(page, RPC_TOKEN);
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^guarded/ })
    .click();
  await page.getByRole('row', { name: 'step 1' }).waitFor();

  // It serves streams, too.
  await page.getByRole('button', { name: 'Follow live' }).click();
  const headers = { authorization: `Bearer ${RPC_TOKEN}` };
  await callRpc(app, 'Persist', { sessionId: 'guarded', variables: { step: 2 } }, headers);
  await page.getByRole('row', { name: 'step 2' }).waitFor();

  const kept = await page.evaluate(
    'JSON.stringify([localStorage, sessionStorage, history.state, document.cookie, location.href])',
  );
  expect(kept).not.toContain(RPC_TOKEN);
  expect(await page.content()).not.toContain(RPC_TOKEN);
  await page.reload();
  await dialog.waitFor();
});

test('without a token there is the refusal, and what to do', async () => {
  const page = await openSessionPage(app);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  const alert = page.getByRole('navigation').getByRole('alert');
  await expect.poll(() => alert.textContent()).toMatch(/unauthenticated.*RPC_TOKEN/);
});

test('a token without a right is refused where it has none, and can be replaced', async () => {
  const page = await openSessionPage(app);
  await enterToken(page, READER);
  await findSession(page, 'guarded');
  await page.getByRole('row', { name: /^step/ }).waitFor();
  await page.getByRole('button', { name: 'Erase…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('guarded');
  await page.keyboard.press('Enter');
  const alert = page.getByRole('dialog').getByRole('alert');
  await expect.poll(() => alert.textContent()).toMatch(/forbidden.*another/);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('button', { name: 'Token…' }).click();
  await enterToken(page, RPC_TOKEN);
  await page.getByRole('button', { name: 'Erase…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('guarded');
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByText('The session was erased').waitFor();
});

test('the copied line has no token in it, but where the shell finds it', async () => {
  const headers = { authorization: `Bearer ${RPC_TOKEN}` };
  await callRpc(app, 'Persist', { sessionId: 'copied', variables: { step: 1 } }, headers);
  const page = await openSessionPage(app);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await enterToken(page, RPC_TOKEN);
  await findSession(page, 'copied');
  await page.getByRole('button', { name: 'Copy buf curl' }).click();
  await page.getByText('The line is in the clipboard.').waitFor();
  const line = String(await page.evaluate('navigator.clipboard.readText()'));
  expect(line).toContain('--header "authorization: Bearer $RPC_TOKEN"');
  expect(line).not.toContain(RPC_TOKEN);
});
