// node test/page/take-pictures.ts
//
// Writes the pictures of docs/services/session-page.md, of a service with sessions of a shop, with
// Chromium and its fonts as .ci/install-packages installs them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestApp } from '../support/running-app.ts';
import { launchBrowser, openPage } from './browser.ts';
import { callRpc, SHOP_SESSION, storeSampleSessions } from './sample-sessions.ts';

const FOLDER = join(import.meta.dirname, '../../docs/services/session-page');

mkdirSync(FOLDER, { recursive: true });
const app = await startTestApp({ SESSION_PAGE: 'on', REDACTED_KEYS: 'iban' });
const browser = await launchBrowser();
const { page: converter } = await openPage(browser);

/** A picture as WebP, in a quarter of the bytes that PNG takes. */
async function smaller(png: Buffer): Promise<Buffer> {
  const base64 = await converter.evaluate(`(async () => {
    const bytes = Uint8Array.fromBase64('${png.toString('base64')}');
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d').drawImage(picture, 0, 0);
    const webp = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
    return new Uint8Array(await webp.arrayBuffer()).toBase64();
  })()`);
  return Buffer.from(String(base64), 'base64');
}

try {
  await storeSampleSessions(app);
  await callRpc(app, 'Lock', { sessionId: 'whatsapp-4915112345678', ttlMs: 120_000 });
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 1180, height: 820 };
    const { page } = await openPage(browser, { colorScheme, viewport });
    const take = async (name: string) =>
      writeFileSync(
        join(FOLDER, `${name}-${colorScheme}.webp`),
        await smaller(await page.screenshot()),
      );
    await page.goto(app.rpc);
    await page.getByRole('navigation').getByRole('button', { name: SHOP_SESSION }).click();
    await page.getByRole('row', { name: /^delivery/ }).waitFor();
    await take('state');
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText('overruled').waitFor();
    await take('timeline');
    await page.getByRole('tab', { name: 'State' }).click();
    await page.getByRole('button', { name: 'Why is delivery so?' }).click();
    await page.getByText('Decided by').waitFor();
    await take('why');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 360, height: 820 });
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.evaluate(`document.querySelector('[role="tablist"]').scrollIntoView()`);
    await take('narrow');
  }
} finally {
  await browser.close();
  await app.stop();
}
