// A real browser without a window, and what every test watches while it uses the page.

import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = '/usr/bin/chromium';

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
  return chromium.launch({
    executablePath: CHROMIUM,
    // Tests run as root in continuous integration, where Chromium's sandbox does not start.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
  });
}

/** A page, and what must not happen on it. */
export type WatchedPage = {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts, and what the browser warns of, violations of the content security policy
   * among it. */
  problems: string[];
  /** Every URL that the page was at or asked for. */
  urls: Set<string>;
};

/** Opens an empty page of its own context. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const urls = new Set<string>();
  page.on('console', (message) => {
    // Chromium reports each refused call in the console, too.
    const isRefusedCall = /^Failed to load resource: the server responded/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isRefusedCall)
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => urls.add(request.url()));
  page.on('framenavigated', (frame) => urls.add(frame.url()));
  return { page, context, problems, urls };
}
