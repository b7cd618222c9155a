// That everybody can use the page: in light and dark, by keyboard alone, on a small screen.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startTestApp } from '../support/running-app.ts';
import { lowContrast } from './low-contrast.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { SHOP_SESSION, storeSampleSessions } from './sample-sessions.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ SESSION_PAGE: 'on' });
  await storeSampleSessions(app);
});
afterAll(() => app.stop());
useBrowser();

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
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText('overruled').waitFor();
    await check('the timeline');
    await page.getByRole('button', { name: /^Why/ }).first().click();
    await page.getByText('Decided by').waitFor();
    await check('the reason');
    await page.keyboard.press('Escape');
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
  await page.getByRole('navigation').getByRole('button', { name: SHOP_SESSION }).click();
  const heading = page.getByRole('main').getByRole('heading', { level: 2 });
  const top = `document.querySelector('h2 code').getBoundingClientRect().top`;
  await heading.waitFor();
  expect(Number(await page.evaluate(top))).toBeLessThan(300);
  const overflow = 'document.documentElement.scrollWidth - innerWidth';
  await findSession(page, SHOP_SESSION);
  await page.getByRole('row', { name: /^delivery/ }).waitFor();
  expect(await page.evaluate(overflow)).toBe(0);
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByText('overruled').waitFor();
  expect(await page.evaluate(overflow)).toBe(0);
  await page.getByRole('tab', { name: 'Frames' }).click();
  expect(await page.evaluate(overflow)).toBe(0);
  await page.getByRole('button', { name: 'Erase…' }).click();
  expect(await page.evaluate(overflow)).toBe(0);
});
