// The session page in a browser, over a service with the embedded store.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { lowContrast } from './low-contrast.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc, SHOP_SESSION, SHOP_USER, storeSampleSessions } from './sample-sessions.ts';

const run = promisify(execFile);

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ SESSION_PAGE: 'on', REDACTED_KEYS: 'iban' });
  await storeSampleSessions(app);
});
afterAll(() => app.stop());
useBrowser();

test('a session is found by its id, with its values, its facts and its nodes', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  const main = page.getByRole('main');
  await main.getByRole('row', { name: 'delivery "home"' }).waitFor();
  await main.getByRole('row', { name: /^locale "sv-SE"/ }).waitFor();
  await main.getByRole('row', { name: /^iban redacted/ }).waitFor();
  await main.getByText('product-search').waitFor();
  await main.getByText(SHOP_USER).waitFor();
  await expect.poll(() => page.getByRole('status').textContent()).toBe('Revision 6 of 6');
  expect(await main.textContent()).not.toContain('SE45');
});

test('a large value is a size until it is opened', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  const row = page.getByRole('row', { name: /^transcript/ });
  expect(await row.textContent()).toMatch(/list of 24, 2\.\d kB/);
  expect(await row.textContent()).not.toContain('Message 7');
  await row.getByRole('button', { name: /^Show transcript/ }).click();
  await row.getByText('Message 7 of the conversation').waitFor();
  await row.getByRole('button', { name: /^Hide transcript/ }).click();
  expect(await row.textContent()).not.toContain('Message 7');
});

test('values, keys and ids are texts, whatever they look like', async () => {
  const hostile = '<img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script>';
  const sessionId = `id ${hostile}`;
  const userId = `user ${hostile}`;
  await callRpc(app, 'Persist', {
    ...{ sessionId, userId, flowId: hostile },
    variables: { [hostile]: hostile, nested: { [hostile]: [hostile] }, long: hostile.repeat(9) },
    history: [{ nodeId: hostile }],
  });
  const page = await openSessionPage(app);
  await findSession(page, sessionId);
  const main = page.getByRole('main');
  await main
    .getByRole('row', { name: JSON.stringify(hostile) })
    .first()
    .waitFor();
  await main.getByRole('button', { name: /^Show long/ }).click();
  await page.getByRole('tab', { name: 'Frames' }).click();
  await page.getByText('User', { exact: true }).first().click();
  await findSession(page, userId);
  await page.getByRole('navigation').getByRole('button', { name: sessionId }).waitFor();
  await page.getByRole('button', { name: 'Erase…' }).click();
  await page.getByRole('dialog').getByText(sessionId).waitFor();
  expect(await page.locator('img:not(.top img), body script').count()).toBe(0);
  expect(await page.title()).toBe('Sessions');
});

test('a session is shown at any revision that can be read', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  const main = page.getByRole('main');
  await main.getByRole('row', { name: /^delivery/ }).waitFor();
  await main.getByRole('button', { name: 'Earlier revision' }).click();
  await expect.poll(() => page.getByRole('status').textContent()).toBe('Revision 5 of 6');
  await main.getByRole('spinbutton', { name: 'Revision' }).fill('2');
  await main.getByRole('spinbutton', { name: 'Revision' }).press('Enter');
  await main.getByRole('row', { name: 'coupon "WINTER10"' }).waitFor();
  expect(await main.getByRole('row', { name: /^delivery/ }).count()).toBe(0);
  await main.getByRole('button', { name: 'Latest' }).click();
  await main.getByRole('row', { name: /^delivery/ }).waitFor();
  expect(await main.getByRole('row', { name: /^coupon/ }).count()).toBe(0);
});

test('keys are filtered', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  await page.getByRole('searchbox', { name: 'Filter keys' }).fill('DELI');
  await page.getByRole('row', { name: /^locale/ }).waitFor({ state: 'hidden' });
  expect(await page.getByRole('row', { name: /^delivery/ }).isVisible()).toBe(true);
});

test('the sessions of a user are listed, and the browser goes back and forward between them', async () => {
  const page = await openSessionPage(app);
  await page.getByText('User', { exact: true }).click();
  await findSession(page, SHOP_USER);
  const list = page.getByRole('navigation').getByRole('listitem').getByRole('button');
  await expect.poll(() => list.count()).toBe(3);
  await list.nth(0).click();
  const heading = page.getByRole('main').getByRole('heading', { level: 2 });
  await expect.poll(() => heading.textContent()).toBe(SHOP_SESSION);
  await list.nth(2).click();
  await expect.poll(() => heading.textContent()).toBe('voice-+46701740605-20261130');
  await page.goBack();
  await expect.poll(() => heading.textContent()).toBe(SHOP_SESSION);
  await page.goBack();
  await expect.poll(() => heading.textContent()).toBe('Look into a session');
  await page.goForward();
  await expect.poll(() => heading.textContent()).toBe(SHOP_SESSION);
  expect(await page.evaluate('JSON.stringify([history.state, localStorage, sessionStorage])')).toBe(
    '[1,{},{}]',
  );
});

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
  await expect.poll(() => main.locator('tr.changed th').allTextContents()).toEqual(['step']);
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
});

test.each(['light', 'dark'] as const)(
  'in %s colors every text can be read',
  async (colorScheme) => {
    const page = await openSessionPage(app, { colorScheme, reducedMotion: 'reduce' });
    const check = async (what: string) => {
      const { count, low } = await lowContrast(page);
      expect(low, what).toEqual([]);
      expect(count, what).toBeGreaterThan(5);
    };
    await check('the start');
    await findSession(page, SHOP_SESSION);
    await page.getByRole('row', { name: /^delivery/ }).waitFor();
    await check('values');
    await page.getByRole('tab', { name: 'Frames' }).click();
    await check('frames');
    await page.getByRole('button', { name: 'Erase…' }).click();
    await check('the dialog');
    await page.keyboard.press('Escape');
    await findSession(page, 'nobody at all');
    await page.getByRole('alert').waitFor();
    await check('a failure');
  },
);

test('the keyboard alone does everything', async () => {
  const page = await openSessionPage(app);
  const focused = () =>
    page.evaluate(
      '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent) || document.activeElement.id',
    );
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      if (name.test(String(await focused()))) return;
    }
    throw new Error(`Tab does not reach ${name}; it is at ${await focused()}`);
  };
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the session');
  await tabTo(/^find-id$/);
  await page.keyboard.type(SHOP_SESSION);
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /^delivery/ }).waitFor();
  await tabTo(/^Earlier revision$/);
  await page.keyboard.press('Space');
  await expect.poll(() => page.getByRole('status').textContent()).toBe('Revision 5 of 6');
  expect(await focused()).toBe('Earlier revision');
  await tabTo(/^State$/);
  await page.keyboard.press('End');
  expect(await page.getByRole('tab', { name: 'Frames' }).getAttribute('aria-selected')).toBe(
    'true',
  );
  await page.keyboard.press('Home');
  await tabTo(/^Show transcript/);
  await page.keyboard.press('Enter');
  await page.getByText('Message 7 of the conversation').waitFor();
  // A dialog keeps the focus, and gives it back.
  const erase = page.getByRole('button', { name: 'Erase…' });
  await erase.focus();
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('erase-input');
  await page.keyboard.press('Escape');
  expect(await focused()).toBe('Erase…');
  const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
  expect(outline).toBe('solid');
});

test('on a screen of 360 pixels nothing is cut off', async () => {
  const page = await openSessionPage(app, { viewport: { width: 360, height: 740 } });
  const overflow = 'document.documentElement.scrollWidth - innerWidth';
  await findSession(page, SHOP_SESSION);
  await page.getByRole('row', { name: /^delivery/ }).waitFor();
  expect(await page.evaluate(overflow)).toBe(0);
  await page.getByRole('tab', { name: 'Frames' }).click();
  expect(await page.evaluate(overflow)).toBe(0);
  await page.getByRole('button', { name: 'Erase…' }).click();
  expect(await page.evaluate(overflow)).toBe(0);
});
