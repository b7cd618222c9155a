import { readFileSync } from 'node:fs';

/** The file in which the kernel names the boot of the machine. */
export const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Names the boot of the machine; empty if that is not known. */
export function bootId(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return '';
  }
}
