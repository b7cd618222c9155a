// What the tests of the page have in common: one browser, and after each test the promises that
// hold whatever the reader does.

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { RunningApp } from '../support/running-app.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';

let browser: Browser | undefined;
const opened: WatchedPage[] = [];

/** Starts a browser for the tests of a file, and checks every page that they open. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const { context, problems, urls } of opened.splice(0)) {
      expect(problems).toEqual([]);
      // Nothing but the page's own files and the names of methods: no id, no value.
      const expected =
        /^http:\/\/127\.0\.0\.1:\d+(\/|\/sessions(\/[\w-]+\.(js|css|svg))?|\/cognigy\.session\.v1\.SessionService\/\w+)$/;
      expect([...urls].filter((url) => !expected.test(url))).toEqual([]);
      await context.close();
    }
  });
}

/** Opens the session page of a service. */
export async function openSessionPage(
  { rpc }: Pick<RunningApp, 'rpc'>,
  options: Parameters<typeof openPage>[1] = {},
): Promise<WatchedPage['page']> {
  if (!browser) throw new Error('useBrowser() has not started one');
  const watched = await openPage(browser, options);
  opened.push(watched);
  await watched.page.goto(rpc);
  return watched.page;
}

/** Enters an id, and opens its session. */
export async function findSession(page: WatchedPage['page'], sessionId: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Id' }).fill(sessionId);
  await page.getByRole('button', { name: 'Find' }).click();
}
