// Finding sessions on the page and reading them, over a service with the embedded store.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyRingText } from '../support/encryption-keys.ts';
import { type RunningApp, startTestApp } from '../support/running-app.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc, SHOP_SESSION, SHOP_USER, storeSampleSessions } from './sample-sessions.ts';

let app: RunningApp;
beforeAll(async () => {
  const ENCRYPTION_KEYS = keyRingText('first-key');
  app = await startTestApp({ SESSION_PAGE: 'on', REDACTED_KEYS: 'iban', ENCRYPTION_KEYS });
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
  await main.getByText(SHOP_USER, { exact: true }).waitFor();
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
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await main
    .getByRole('button', { name: /^Why is \/variables/ })
    .first()
    .click();
  await page.getByText('Decided by').waitFor();
  await page.keyboard.press('Escape');
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

test('the timeline shows what each update changed, from which value to which', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  await page.getByRole('tab', { name: 'Timeline' }).click();
  const entries = page.getByRole('main').locator('.timeline > li');
  await expect.poll(() => entries.count()).toBe(6);
  const [late, last, checkout] = [entries.nth(0), entries.nth(1), entries.nth(2)];
  expect(await late.textContent()).toMatch(/^Revision 6checkoutencrypted with first-key/);
  await late
    .getByRole('row', { name: /^\/variables\/delivery "home" overruled.*"pick-up"/ })
    .waitFor();
  await last
    .getByRole('row', { name: /"parcel-locker" → "home"|"parcel-locker" "home"/ })
    .waitFor();
  await checkout.getByRole('row', { name: /coupon "WINTER10".*removed/ }).waitFor();
  await checkout.getByRole('row', { name: /iban not set.*redacted/ }).waitFor();
  expect(await last.textContent()).toMatch(/array, 2\.\d kB/);
  expect(await page.getByRole('main').textContent()).not.toContain('SE45');
  await checkout.getByRole('button', { name: 'Show the state at revision 4' }).click();
  await expect.poll(() => page.getByRole('status').textContent()).toBe('Revision 4 of 6');
  await page.getByRole('tab', { name: 'State' }).click();
  await page.getByRole('row', { name: 'delivery "parcel-locker"' }).waitFor();
});

test('why a value is so: the update that set it, and what lost by which part of its stamp', async () => {
  const page = await openSessionPage(app);
  await findSession(page, SHOP_SESSION);
  await page.getByRole('button', { name: 'Why is delivery so?' }).click();
  const dialog = page.getByRole('dialog', { name: 'Why is this value so?' });
  await dialog.getByText(/^Update \S+ \(revision 5\) by flow checkout set it/).waitFor();
  const lost = dialog.getByRole('listitem');
  expect(await lost.count()).toBe(2);
  expect(await lost.nth(0).textContent()).toMatch(/^"pick-up".*by event second/);
  await page.keyboard.press('Escape');

  // At an earlier revision it has another reason; a removed key has one, too.
  await page.getByRole('tab', { name: 'Timeline' }).click();
  const coupon = 'Why is /variables/coupon so at revision 4?';
  await page.getByRole('button', { name: coupon }).click();
  await dialog.getByText('no value').waitFor();
  await dialog.getByText('removed the key').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.evaluate('document.activeElement.ariaLabel')).toBe(coupon);

  await page.getByRole('tab', { name: 'State' }).click();
  await page.getByRole('button', { name: 'Why is userId so?' }).click();
  await dialog.getByText(/revision 1\) by flow welcome set it/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Why is product-search here?' }).click();
  await dialog.getByText(/revision 2\) sent the step first/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Why is transcript so?' }).click();
  await dialog.getByRole('button', { name: 'Show the value' }).click();
  await dialog.getByText('Message 23 of the conversation').waitFor();
});

test('the newest sessions are listed, and those that are locked', async () => {
  await callRpc(app, 'Persist', { sessionId: 'the newest', variables: { a: 1 } });
  await callRpc(app, 'Lock', { sessionId: 'whatsapp-4915112345678', ttlMs: 120_000 });
  const page = await openSessionPage(app);
  const list = page.getByRole('navigation').getByRole('listitem').getByRole('button');
  await expect.poll(() => list.first().textContent()).toMatch(/^the newest/);
  await page.getByRole('button', { name: 'Locked', exact: true }).click();
  await expect.poll(() => list.count()).toBe(1);
  await list.getByText('whatsapp-4915112345678').click();
  await page.getByRole('main').getByText('locked', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Damaged', exact: true }).click();
  await page.getByRole('navigation').getByText('No live sessions.').waitFor();
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
