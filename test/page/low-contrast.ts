import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const SCRIPT = stripTypeScriptTypes(
  readFileSync(join(import.meta.dirname, 'in-page/low-contrast.ts'), 'utf8'),
);

/** How many texts are shown, and those with too little contrast to be read easily. */
export function lowContrast(page: Page): Promise<{ count: number; low: string[] }> {
  return page.evaluate(SCRIPT);
}
