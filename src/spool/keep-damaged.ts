import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Disk } from './disk.ts';
import type { Damage } from './read-segment.ts';

const COPY_NAME = /^damaged-.*\.bin$/;

/** Copies what is damaged into files of its own, `damaged-….bin`, since its segment will be used
 * again. The copies take up to `maxBytes`; what exceeds that, or was copied before, is not copied. */
export async function keepDamaged(
  directory: string,
  damaged: readonly { path: string; generation: number; damage: Damage }[],
  { disk, maxBytes, onFailure }: { disk: Disk; maxBytes: number; onFailure(error: Error): void },
): Promise<void> {
  const copies = readdirSync(directory).filter((name) => COPY_NAME.test(name));
  let left = copies.reduce((rest, name) => rest - statSync(join(directory, name)).size, maxBytes);
  for (const { path, generation, damage } of damaged) {
    const { at, copy } = damage;
    const name = `damaged-${basename(path, '.segment')}-${generation}-${at}.bin`;
    if (copy.length === 0 || copy.length > left || copies.includes(name)) continue;
    left -= copy.length;
    await disk.create(join(directory, name), copy).catch(onFailure);
  }
}
