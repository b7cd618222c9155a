// A spool of small segments, so that rings turn and fill within a few rows.

import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSpool, type SpoolParts } from '../../src/spool/open-spool.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { layoutOf } from '../../src/spool/segment-layout.ts';
import type { Spool } from '../../src/spool/spool.ts';

export const SEGMENT_BYTES = 8 * 1024;
export const LAYOUT = layoutOf(SEGMENT_BYTES);
export const SEGMENTS = 5;
export const MAX_BYTES = SEGMENTS * SEGMENT_BYTES;

/** In memory, if the machine has such a folder: syncing to a disk that others use takes long. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder that is removed when the test ends. */
export function createFolder(): string {
  const folder = mkdtempSync(join(PARENT, 'spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A prepared folder. */
export function createRing(maxBytes = MAX_BYTES): string {
  const folder = createFolder();
  prepareSpool(folder, maxBytes, { segmentBytes: SEGMENT_BYTES });
  return folder;
}

/** Opens a spool of small segments, prepared before. Closed when the test ends. */
export async function openSmallSpool(
  directory: string,
  options: SpoolParts & { maxBytes?: number; onFailure?: (error: Error) => void } = {},
): Promise<Spool> {
  const { maxBytes = MAX_BYTES, onFailure = unexpected, ...parts } = options;
  const spool = await openSpool(
    { directory, maxBytes, onFailure },
    { segmentBytes: SEGMENT_BYTES, ...parts },
  );
  onTestFinished(() => spool.close());
  return spool;
}

/** The folder as a process would find it if this one ended now. */
export function asAfterCrash(directory: string): string {
  const copy = join(createFolder(), 'copy');
  cpSync(directory, copy, { recursive: true });
  return copy;
}

/** A payload that contains its name, of this size. */
export function payloadOf(name: string | number, bytes = 100): Uint8Array {
  return new Uint8Array(Buffer.alloc(bytes, `${name}.`));
}

/** The number and the payload's text of each recovered row. */
export function recoveredTexts(spool: Spool): [number, string][] {
  return spool.recovered().map(({ number, payload }) => [number, Buffer.from(payload).toString()]);
}

function unexpected(error: Error): void {
  throw error;
}
