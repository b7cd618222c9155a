// The bundle of this working tree, as the image has it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, makeBundle } from '../../.ci/bundle/make-bundle.ts';

let making: Promise<Bundle & { folder: string }> | undefined;

/** Makes the bundle once a process, in a folder that is removed when the process ends. */
export function madeBundle(): Promise<Bundle & { folder: string }> {
  making ??= make();
  return making;
}

async function make() {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { ...(await makeBundle(folder)), folder };
}
